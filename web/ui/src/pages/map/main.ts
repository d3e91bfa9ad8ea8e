import '../../polyfill.js'
import '../../styles/base.css'
import './sketch.css'
import { createApp as createVue, effectScope } from 'vue'
import { i18nKey } from '../../i18n'
import App from './App.vue'
import { firstSheet, insetsOf, PHONE } from './map/insets'
import { sketchMap } from './map/sketch'
import { appKey, createApp } from './store/app'

/** The page is made after its map is sketched, or without it after so long. */
const PATIENCE_MS = 250

const scope = effectScope()
const app = scope.run(() => createApp(window.location, window.history))!
const canvas = document.querySelector<HTMLCanvasElement>('#sketch')!

function sketch(): Promise<void> {
  if (app.plain) return Promise.resolve(canvas.remove())
  const { area, picked } = app.view
  const insets = insetsOf({ phone: matchMedia(PHONE).matches, path: area !== '', panel: picked !== null, sheet: firstSheet(picked) })
  return scope.run(() => sketchMap(app, canvas, insets))!.catch(() => canvas.remove())
}

// Making the page takes a tenth of a second, in which nothing else would be done.
void Promise.race([sketch(), new Promise((done) => setTimeout(done, PATIENCE_MS))]).then(() => {
  void import('../../styles/fonts')
  createVue(App).provide(appKey, app).provide(i18nKey, app.i18n).mount('#app')
})
