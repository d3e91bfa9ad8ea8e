import maplibregl, { type GeoJSONSource, type Map } from 'maplibre-gl'
import { effectScope, toRaw, watch } from 'vue'
import { ApiError, isAbort } from '../../../api/client'
import type { AreaDetail, Bbox, Legend } from '../../../api/types'
import type { Camera, Insets } from '../../../geo/camera'
import { outsideOf } from '../../../geo/rings'
import type { App } from '../store/app'
import { FIT_ZOOM } from './sketch'
import { keepOverlays } from './overlays'
import { selectionQuery } from '../store/selection'
import { labelPoints, loadFontFor } from '../../../map/labels'
import { raiseWhenDrawn, UNSEEN_RATIO } from '../../../map/curtain'
import { clipLayer } from '../../../map/clip'
import { DESK } from '../../../map/desk'
import { createFields, type Field } from '../../../map/field'
import { createFrames, type Frames } from '../../../map/frames'
import { groundLayers, inkLayers, syncLayers, type FieldLook } from '../../../map/layers'
import { addLevels, addPatterns } from '../../../map/patterns'
import workerUrl from '../../../map/worker.js?worker&url'

const EMPTY: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] }
const WORLD_CAMERA = { center: [104, 35] as [number, number], zoom: 3 }

export interface MapController {
  map: Map
  /** Outline of the area drilled into, once loaded. */
  focus(): AreaDetail | null
  /** The field in sight; where two windows are compared, that of the one at a place of the canvas. */
  field(x?: number): Field | null
  /** The map as it stands, copied at the resolution of the screen. */
  picture(): HTMLCanvasElement
  /** Whether the field in sight is the one last asked for, with all its tiles. */
  drawn(): boolean
  /** Fulfilled when the first field is drawn. */
  ready: Promise<void>
  destroy(): void
}

/** Makes the map and keeps it equal to the page's state. `insets` tells what covers it. */
export function createMap(container: HTMLElement, app: App, insets: () => Insets): MapController {
  const { view } = app
  const begin = view.camera ?? app.map.first
  maplibregl.setWorkerUrl(workerUrl)
  maplibregl.addProtocol(DESK, app.tiles.desk.serve)
  const map = new maplibregl.Map({
    container,
    // Without a transition a field takes another's place in one frame.
    style: { version: 8, transition: { duration: 0, delay: 0 }, sources: {}, layers: groundLayers(view.theme).slice(0, 1) },
    ...(begin ? { center: [begin.lng, begin.lat], zoom: begin.zoom } : WORLD_CAMERA),
    transformRequest: app.tiles.desk.transform,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxZoom: 17,
    pixelRatio: UNSEEN_RATIO,
    fadeDuration: 0,
  })
  map.touchZoomRotate.disableRotation()
  map.keyboard.disableRotation()

  const scope = effectScope()
  let frames: Frames | null = null
  const fields = createFields(map, 'clip-off', 'field', () => drawFrame())
  // The field of the other window, where two are compared.
  const others = createFields(map, 'clip-right', 'other')
  const still = matchMedia('(prefers-reduced-motion: reduce)')
  let focus: AreaDetail | null = null
  // The camera as the map itself last told it: not a wish to move there.
  let own: Camera | null = null
  let settled = false

  const { zooms: tileInfo, url: tileUrl } = app.tiles

  async function addGround(layer: string): Promise<void> {
    map.addSource(layer, { type: 'vector', tiles: [tileUrl(layer, '')], ...(await tileInfo(layer)) })
  }

  const look = (): FieldLook => ({
    theme: view.theme,
    picked: view.picked?.kind === 'area' ? view.picked.code : (view.picked?.cell ?? ''),
    playing: app.playback.table !== null,
    sheer: app.baseShown.value,
  })

  async function drawField(legend: Legend): Promise<void> {
    const url = tileUrl(legend.layer, selectionQuery(view))
    const zooms = await tileInfo(legend.layer)
    if (app.legend.data !== legend) return
    fields.show(legend, url, zooms, look(), app.map.error !== null)
    // Both windows in the classes of one legend: one colour, one number.
    if (view.versus) others.show(legend, tileUrl(legend.layer, selectionQuery(view, { window: view.versus })), zooms, { ...look(), playing: false }, app.map.error !== null)
    else others.clear()
    app.map.error = null
    map.triggerRepaint()
  }
  function drawFrame(): void {
    const field = fields.current()
    const { table, at } = app.playback
    if (!table || !field) return frames?.clear()
    frames?.show({ source: field.id, sourceLayer: field.legend.layer, table, step: at, theme: view.theme, sheer: app.baseShown.value })
  }
  function drawInk(): void {
    syncLayers(map, groundLayers(view.theme, app.baseShown.value), 'lift')
    syncLayers(map, inkLayers(view.theme))
    fields.paint(look())
    drawFrame()
    others.paint({ ...look(), playing: false })
  }

  async function drawLabels(): Promise<void> {
    const areas = [...app.areas.byCode.values()]
    await loadFontFor(areas)
    map.getSource<GeoJSONSource>('labels')?.setData(labelPoints(areas))
  }
  async function drawFocus(code: string): Promise<void> {
    focus = code ? await app.areas.detail(code).catch(() => null) : null
    if (code !== view.area) return
    const shape = focus?.geometry
    map.getSource<GeoJSONSource>('focus')?.setData(shape ? { type: 'Feature', properties: {}, geometry: shape } : EMPTY)
    map.getSource<GeoJSONSource>('mask')?.setData(shape ? outsideOf(shape) : EMPTY)
  }

  async function extent(): Promise<Bbox | null> {
    if (view.area) return (await app.areas.detail(view.area).catch(() => null))?.bbox ?? null
    return app.areas.root()?.bbox ?? app.freshness.value?.bbox ?? null
  }
  async function moveTo(camera: Camera | null): Promise<void> {
    if (camera && toRaw(camera) === own) return
    const animate = !still.matches && settled
    if (camera) {
      const c = map.getCenter()
      const same = Math.abs(c.lng - camera.lng) < 1e-4 && Math.abs(c.lat - camera.lat) < 1e-4 && Math.abs(map.getZoom() - camera.zoom) < 0.01
      if (!same) map.easeTo({ center: [camera.lng, camera.lat], zoom: camera.zoom, duration: animate ? 400 : 0 })
      return
    }
    const box = await extent()
    settled = true
    if (box && view.camera === null) map.fitBounds(box, { padding: insets(), maxZoom: FIT_ZOOM, duration: animate ? 500 : 0 })
  }

  // The zoom whose tiles are drawn: beyond the last one the map enlarges them.
  async function tellZoom(): Promise<void> {
    const { minzoom, maxzoom } = await tileInfo(view.layer)
    app.map.zoom = Math.min(maxzoom, Math.max(minzoom, Math.floor(map.getZoom())))
  }
  map.on('error', ({ error }: { error: Error & { status?: number } }) => {
    if (isAbort(error)) return
    app.map.error = new ApiError(error.status ? `http_${error.status}` : 'network', error.status ?? 0, error.status ? error.message : '', '')
  })
  map.on('moveend', () => {
    const { lng, lat } = map.getCenter()
    void tellZoom()
    if (!settled) return
    own = { lng, lat, zoom: map.getZoom() }
    app.go({ camera: own }, true)
  })

  const ready = raiseWhenDrawn(map, () => fields.settled())
  void ready.then(() => (app.map.seen = true))
  map.once('load', () => {
    addPatterns(map)
    addLevels(map)
    for (const id of ['mask', 'focus', 'labels']) map.addSource(id, { type: 'geojson', data: EMPTY })
    void Promise.all([addGround('county'), addGround('township')]).then(() => {
      map.addLayer(clipLayer('clip-left', () => (view.versus ? [0, view.swipe] : null)))
      map.addLayer(clipLayer('clip-right', () => (view.versus ? [view.swipe, 1] : null)))
      map.addLayer(clipLayer('clip-off', () => null))
      frames = createFrames(map, 'clip-left')
      syncLayers(map, inkLayers(view.theme))
      scope.run(start)
    })
  })
  // What is drawn can only be read in the turn that drew it.
  function picture(): HTMLCanvasElement {
    map.redraw()
    const from = map.getCanvas()
    const copy = document.createElement('canvas')
    copy.width = from.width
    copy.height = from.height
    const context = copy.getContext('2d')!
    for (const layer of [frames?.canvas(), from]) if (layer) context.drawImage(layer, 0, 0)
    return copy
  }
  function start(): void {
    watch(() => [app.legend.key, view.versus], () => app.legend.data && void drawField(app.legend.data), { immediate: true })
    watch(() => view.swipe, () => map.triggerRepaint())
    watch(() => [app.playback.table, app.playback.at], drawFrame)
    watch(() => app.i18n.t('mapLabel'), (text) => map.getCanvas().setAttribute('aria-label', text), { immediate: true })
    watch(() => view.layer, () => void tellZoom())
    watch(() => [view.theme, view.picked, app.playback.table === null, app.baseShown.value] as const, drawInk, { immediate: true })
    keepOverlays(map, app)
    watch(() => app.areas.byCode.size, () => void drawLabels(), { immediate: true })
    watch(() => view.area, (code) => void drawFocus(code), { immediate: true })
    watch(() => [view.camera, view.area, app.areas.root() !== undefined || app.freshness.value !== null] as const, ([camera]) => void moveTo(camera), { immediate: true })
    if (view.camera) settled = true
  }

  return {
    map,
    ready,
    focus: () => focus,
    field: (x) => (view.versus && x !== undefined && x < view.swipe * map.getContainer().clientWidth ? others.current() : fields.current()),
    drawn: () => fields.settled() && (view.versus === null || others.settled()),
    picture,
    destroy() {
      scope.stop()
      map.remove()
    },
  }
}
