import '../../polyfill.js'
import '../../styles/base.css'
import '../../styles/page.css'
import { createApp } from 'vue'
import SettingsPage from './SettingsPage.vue'

void import('../../styles/fonts')
createApp(SettingsPage).mount('#app')
