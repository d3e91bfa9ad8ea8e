import '../../polyfill.js'
import '../../styles/base.css'
import '../../styles/page.css'
import { createApp } from 'vue'
import ReportsPage from './ReportsPage.vue'

void import('../../styles/fonts')
createApp(ReportsPage).mount('#app')
