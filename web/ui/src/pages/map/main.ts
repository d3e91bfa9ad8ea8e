import '../../polyfill.js'
import '../../styles/base.css'
import { createApp as createVue, effectScope } from 'vue'
import { i18nKey } from '../../i18n'
import App from './App.vue'
import { appKey, createApp } from './store/app'

void import('../../styles/fonts')
const app = effectScope().run(() => createApp(window.location, window.history))!
createVue(App).provide(appKey, app).provide(i18nKey, app.i18n).mount('#app')
