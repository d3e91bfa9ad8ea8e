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
  /** Source id of the field in sight, and whether it is the one last asked for, with all its tiles. */
  field: () => { source: string; settled: boolean } | null
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
  const field = () => {
    const current = control?.field()
    return current ? { source: current.id, settled: control!.drawn() } : null
  }
  window.__reli = { map: control?.map ?? null, ready: control?.ready ?? Promise.resolve(), field, state: app.view, app }
}
