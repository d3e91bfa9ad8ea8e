import '../../polyfill.js'
import '../../styles/base.css'
import '../../styles/page.css'
import { createApp } from 'vue'
import BacktestPage from './BacktestPage.vue'

void import('../../styles/fonts')
createApp(BacktestPage).mount('#app')
