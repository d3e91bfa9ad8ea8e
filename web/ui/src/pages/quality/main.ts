import '../../polyfill.js'
import '../../styles/base.css'
import '../../styles/page.css'
import { createApp } from 'vue'
import QualityPage from './QualityPage.vue'

void import('../../styles/fonts')
createApp(QualityPage).mount('#app')
