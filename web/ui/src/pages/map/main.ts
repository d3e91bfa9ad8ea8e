import '../../polyfill.js'
import '../../styles/base.css'
import { createApp as createVue, effectScope, watch } from 'vue'
import { i18nKey } from '../../i18n'
import App from './App.vue'
import { firstSheet, insetsOf, PHONE } from './map/insets'
import { askSketch } from './map/sketch'
import { appKey, createApp } from './store/app'

/** The page is made after the first answer, or without it after so long. */
const PATIENCE_MS = 60

const scope = effectScope()
const app = scope.run(() => createApp(window.location, window.history))!
const { area, picked } = app.view
const insets = insetsOf({ phone: matchMedia(PHONE).matches, path: area !== '', panel: picked !== null, sheet: firstSheet(picked) })
if (!app.plain) app.sketch = scope.run(() => askSketch(app, insets))!.catch(() => null)

// Making the page takes a tenth of a second, in which nothing else would be asked for.
const answered = new Promise<void>((done) => {
  scope.run(() => watch(() => app.feed.data ?? app.feed.error, () => done(), { once: true }))
  setTimeout(done, PATIENCE_MS)
})
void answered.then(() => {
  void import('../../styles/fonts')
  createVue(App).provide(appKey, app).provide(i18nKey, app.i18n).mount('#app')
})
