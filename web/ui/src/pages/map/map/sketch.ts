import { watch } from 'vue'
import type { Legend } from '../../../api/types'
import { fitCamera, tilesOf, type Camera, type Insets, type Size } from '../../../geo/camera'
import { drawSketch, type SketchLayer } from '../../../map/sketch'
import type { App } from '../store/app'
import { selectionQuery } from '../store/selection'

/** No nearer than this by itself. */
export const FIT_ZOOM = 14.5

// Every layer has the zooms from 0 to 14; to ask first would take as long as to draw.
const tileZoom = ({ zoom }: Camera) => Math.min(14, Math.max(0, Math.floor(zoom)))

/** What a sketch cannot show waits for the map. */
const plain = ({ view, response, baseShown }: App) => !view.area && !view.versus && !view.play && !baseShown.value && !response.value

/**
 * Draws what the page opens with before the map itself is there, which takes
 * its code and its first frames; the map finds the tiles on the desk. It stays
 * until the map is in sight or something changes. Fulfilled when it is drawn,
 * or is not to be: where only the map can show the view.
 */
export async function sketchMap(app: App, canvas: HTMLCanvasElement, insets: Insets): Promise<void> {
  const size = { width: window.innerWidth, height: window.innerHeight }
  const layers = ['county', app.view.layer, 'township']
  // The map needs them; asked for while the page is still being made.
  for (const layer of layers) void app.tiles.zooms(layer)
  const camera = await firstCamera(app, size, insets)
  if (!camera || !plain(app)) return canvas.remove()
  const { view } = app
  const asked = [view.layer, view.theme].join()
  const tiles = Promise.all(layers.map((name) => layerTiles(app, name, camera, size)))
  const [[county, field, township], legend] = await Promise.all([tiles as Promise<[SketchLayer, SketchLayer, SketchLayer]>, firstLegend(app)])
  if (app.map.seen || asked !== [view.layer, view.theme].join() || !plain(app)) return canvas.remove()
  drawSketch(canvas, size, { county, field, township }, { legend, theme: view.theme, zoom: camera.zoom })
  watch(() => [app.map.seen, app.legend.key, view.theme, view.area], () => canvas.remove(), { once: true })
  window.addEventListener('resize', () => canvas.remove(), { once: true })
  // A task after the frame that shows it.
  await new Promise<void>((done) => requestAnimationFrame(() => setTimeout(done)))
  performance.mark('reli:sketch')
}

/** The camera the page opens with, once it is known; it decides which hexagons the legend is for. */
function firstCamera(app: App, size: Size, insets: Insets): Promise<Camera | null> {
  return new Promise((done) => {
    const stop = watch(
      app.freshness,
      (now) => {
        if (!now) return
        queueMicrotask(() => stop())
        const camera = app.view.camera ?? (now.bbox && fitCamera(now.bbox, size, insets, FIT_ZOOM))
        if (camera) Object.assign(app.map, { first: camera, zoom: tileZoom(camera) })
        done(camera)
      },
      // Before the legend is asked for.
      { immediate: true, flush: 'sync' },
    )
  })
}

function firstLegend(app: App): Promise<Legend> {
  return new Promise((done) => {
    const stop = watch(
      () => app.legend.data,
      (legend) => {
        if (!legend) return
        queueMicrotask(() => stop())
        done(legend)
      },
      { immediate: true },
    )
  })
}

async function layerTiles({ view, tiles }: App, name: string, camera: Camera, size: Size): Promise<SketchLayer> {
  const template = tiles.url(name, name === view.layer ? selectionQuery(view) : '')
  const all = tilesOf(camera, size, tileZoom(camera)).map(async (at) => {
    const url = template.replace('{z}', String(at.z)).replace('{x}', String(at.x)).replace('{y}', String(at.y))
    return { at, data: await tiles.desk.fetch(url) }
  })
  return { name, tiles: await Promise.all(all) }
}
