import '../../polyfill.js'
import '../../styles/base.css'
import { createApp } from 'vue'
import SqlPage from './SqlPage.vue'

void import('../../styles/fonts')
createApp(SqlPage).mount('#app')
