import './polyfill.js'
import './styles/base.css'
import { createApp as createVue, effectScope } from 'vue'
import App from './App.vue'
import { appKey, createApp } from './store/app'

void import('./styles/fonts')
const app = effectScope().run(() => createApp(window.location, window.history))!
createVue(App).provide(appKey, app).mount('#app')
