import '../../polyfill.js'
import '../../styles/base.css'
import { createApp } from 'vue'
import SignIn from './SignIn.vue'

void import('../../styles/fonts')
createApp(SignIn).mount('#app')
