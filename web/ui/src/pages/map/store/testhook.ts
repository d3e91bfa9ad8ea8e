import type { MapController } from '../map/controller'
import type { App } from './app'
import type { View } from './view'

/**
 * What tests of the page in a browser may look at, at `window.__reli`.
 * It is for reading: acts go through the page.
 */
export interface TestHook {
  /** The MapLibre map; null where the SVG drawing stands in for it. */
  map: MapController['map'] | null
  /** Fulfilled when the first field is drawn. */
  ready: Promise<void>
  /** When it was on the screen, in ms since the page was asked for; 0 before. */
  readyAt: number
  /** Source id of the field in sight (at a place of the canvas, where two are compared), and whether it is the one last asked for, with all its tiles. */
  field: (x?: number) => { source: string; settled: boolean } | null
  /** The view that the URL holds. */
  state: View
  app: App
}

declare global {
  interface Window {
    __reli?: TestHook
  }
}

export function exposeToTests(app: App, control: MapController | null): void {
  const field = (x?: number) => {
    const current = control?.field(x)
    return current ? { source: current.id, settled: control!.drawn() } : null
  }
  const ready = control?.ready ?? Promise.resolve()
  // The frame after it begins when it is on the screen.
  void ready.then(() => requestAnimationFrame(() => (window.__reli!.readyAt = performance.now())))
  window.__reli = { map: control?.map ?? null, ready, readyAt: 0, field, state: app.view, app }
}
