import maplibregl, { type GeoJSONSource, type Map } from 'maplibre-gl'
import { effectScope, watch } from 'vue'
import { getJson, isAbort } from '../../../api/client'
import type { Area, AreaDetail, Legend } from '../../../api/types'
import { outsideOf } from '../../../geo/rings'
import { clipLayer } from '../../../map/clip'
import { createFields } from '../../../map/field'
import { createFrames, type Frames } from '../../../map/frames'
import { labelPoints, loadFontFor } from '../../../map/labels'
import { badgeLayers, groundLayers, inkLayers, syncLayers, type FieldLook } from '../../../map/layers'
import { addLevels, addPatterns } from '../../../map/patterns'
import workerUrl from '../../../map/worker.js?worker&url'
import type { Wall } from '../store/wall'
import { addSpotRoom, badgePoints, levelLayers, scaleInk } from './layers'

const EMPTY: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] }
/** Room for the title and the legend, in units of the wall. */
const PADDING = { top: 64, right: 24, bottom: 104, left: 24 }
const AGAIN_MS = 10_000
/** Another version's tiles are asked for at most so often. */
const LEAST_BETWEEN_MS = 5000

export interface WallMap {
  map: Map
  /** Fulfilled when the first field is drawn. */
  ready: Promise<void>
  /** The field in sight has all its tiles. */
  settled(): boolean
  /** Keeps names off these points. */
  leaveRoom(points: readonly [number, number][]): void
  /** Source of the field in sight. */
  field(): string | null
  destroy(): void
}

/** Makes the wall's map, which nobody moves, and keeps it equal to the wall's state. */
export function createWallMap(container: HTMLElement, wall: Wall, unit: () => number): WallMap {
  maplibregl.setWorkerUrl(workerUrl)
  const { pages, panels, player, timers } = wall
  const map = new maplibregl.Map({
    container,
    style: { version: 8, transition: { duration: 0, delay: 0 }, sources: {}, layers: groundLayers('dark').slice(0, 1) },
    center: [104, 35],
    zoom: 3,
    interactive: false,
    attributionControl: false,
    maxZoom: 15,
    fadeDuration: 0,
  })
  const scope = effectScope()
  let frames: Frames | null = null
  const fields = createFields(map, 'clip-level', 'field', drawFrame)
  const tileUrl = (layer: string, query: string) => `${location.origin}/v1/tiles/${layer}/{z}/{x}/{y}.mvt?${query}`
  const zooms = { minzoom: 0, maxzoom: 14 }
  const villages = new globalThis.Map<string, Area[]>()
  let shown: Legend | null = null
  let shownZoom = -1
  let shownAt = 0
  let later: (() => void) | null = null
  let leveled: string[] = []

  const look = (): FieldLook => ({ theme: 'dark', picked: '', playing: player.table !== null, sheer: false })

  function showField(anew = false): void {
    const legend = panels.legend.data
    const w = wall.windows.value
    if (anew) {
      later?.()
      later = null
    }
    if (!legend || !w || later) return
    const early = shown && !anew ? shownAt + LEAST_BETWEEN_MS - Date.now() : 0
    // The one on its way comes first: with news every second none would come into sight.
    if (early > 0 || (shown && !anew && !fields.settled())) {
      const same = shown?.data_version === legend.data_version
      if (!same || !fields.settled()) {
        later = timers.after(Math.max(early, 500), () => {
          later = null
          showField()
        })
        return
      }
    }
    const zoom = legend.z
    const other = zoom !== shownZoom
    shown = legend
    shownZoom = zoom
    shownAt = Date.now()
    wall.map.broken = false
    fields.show(legend, tileUrl('hex', `from=${w.field.from}&to=${w.field.to}&v=${legend.data_version}`), { ...zooms, maxzoom: zoom }, look(), anew || other)
    map.triggerRepaint()
  }
  function drawFrame(): void {
    const field = fields.current()
    if (!player.table || !field) return frames?.clear()
    frames?.show({ source: field.id, sourceLayer: 'hex', table: player.table, step: player.at, theme: 'dark', sheer: false })
  }
  function drawLevels(): void {
    const board = panels.board.data
    if (!board) return
    syncLayers(map, levelLayers(board.classes, unit()), 'clip-off')
    const now = board.areas.filter((a) => a.tier === 'township' && a.level > 0)
    const at = (id: string) => ({ source: 'township', sourceLayer: 'township', id })
    for (const id of leveled) if (!now.some((a) => a.area === id)) map.setFeatureState(at(id), { level: 0 })
    for (const a of now) map.setFeatureState(at(a.area), { level: a.level })
    leveled = now.map((a) => a.area)
    map.getSource<GeoJSONSource>('badges')?.setData(badgePoints(board, wall.townships.value))
  }
  function drawPhase(): void {
    map.setLayoutProperty('badges', 'visibility', pages.phase === 'level' ? 'visible' : 'none')
    map.setLayoutProperty('spot-room', 'visibility', pages.phase === 'density' ? 'visible' : 'none')
    map.triggerRepaint()
  }
  async function drawLabels(): Promise<void> {
    const code = pages.turn.area
    if (code && !wall.guarded.value && !villages.has(code)) {
      const found = await getJson<{ areas: Area[] }>(`/v1/areas?parent=${encodeURIComponent(code)}`).catch(() => null)
      if (found) villages.set(code, found.areas)
    }
    // Of a township's page the names around are left out: they would stand under its title.
    const areas = [...wall.townships.value.filter((a) => !code || a.code === code), ...(villages.get(code) ?? [])]
    await loadFontFor(areas)
    if (code === pages.turn.area) map.getSource<GeoJSONSource>('labels')?.setData(labelPoints(areas))
  }
  async function drawFocus(): Promise<void> {
    const code = pages.turn.area
    const shape = code ? (await getJson<AreaDetail>(`/v1/areas/${encodeURIComponent(code)}?geometry=1`).catch(() => null))?.geometry : undefined
    if (code !== pages.turn.area) return
    map.getSource<GeoJSONSource>('focus')?.setData(shape ? { type: 'Feature', properties: {}, geometry: shape } : EMPTY)
    map.getSource<GeoJSONSource>('mask')?.setData(shape ? outsideOf(shape) : EMPTY)
  }
  function fit(): void {
    const box = wall.townships.value.find((a) => a.code === pages.turn.area)?.bbox ?? wall.county.value?.bbox ?? wall.live.freshness?.bbox
    const u = unit()
    if (!box || map.getContainer().clientWidth === 0) return
    const padding = { top: PADDING.top * u, right: PADDING.right * u, bottom: PADDING.bottom * u, left: PADDING.left * u }
    map.fitBounds(box, { padding, maxZoom: 14, duration: 0 })
  }
  // A larger wall shows the same hexagons larger, not smaller ones.
  const tellZoom = () => (wall.map.zoom = Math.min(zooms.maxzoom, Math.max(zooms.minzoom, Math.floor(map.getZoom() - Math.log2(unit())))))

  function start(): void {
    // Where the map stands decides which hexagons are asked for: first that.
    watch(() => [pages.turn.area, wall.county.value?.code, wall.townships.value.length, wall.live.freshness === null].join(), fit, { immediate: true })
    watch(() => panels.legend.data, () => showField(), { immediate: true })
    watch(() => [player.table, player.at] as const, ([table], before) => {
      if (table !== before?.[0]) fields.paint(look())
      drawFrame()
    })
    watch(() => [panels.board.data, wall.townships.value], drawLevels, { immediate: true })
    watch(() => pages.phase, drawPhase, { immediate: true })
    watch(() => [pages.turn.area, wall.townships.value] as const, () => void drawLabels(), { immediate: true })
    watch(() => pages.turn.area, () => void drawFocus(), { immediate: true })
    watch(() => wall.live.connects, () => wall.map.broken && again())
  }
  function again(): void {
    for (const id of ['county', 'township']) map.refreshTiles(id)
    showField(true)
  }

  const ready = new Promise<void>((done) => {
    map.once('load', () => {
      addPatterns(map)
      addLevels(map)
      for (const id of ['mask', 'focus', 'labels', 'badges']) map.addSource(id, { type: 'geojson', data: EMPTY })
      for (const id of ['county', 'township']) map.addSource(id, { type: 'vector', tiles: [tileUrl(id, '')], ...zooms, promoteId: 'id' })
      map.addLayer(clipLayer('clip-density', () => (pages.phase === 'density' ? null : [0, 0])))
      map.addLayer(clipLayer('clip-level', () => (pages.phase === 'level' ? null : [0, 0])))
      map.addLayer(clipLayer('clip-off', () => null))
      syncLayers(map, groundLayers('dark'), 'clip-density')
      frames = createFrames(map, 'clip-density')
      syncLayers(map, inkLayers('dark'))
      syncLayers(map, badgeLayers())
      addSpotRoom(map)
      scaleInk(map, unit())
      scope.run(start)
      const check = () => {
        if (!fields.settled()) return
        map.off('idle', check)
        done()
      }
      map.on('idle', check)
    })
  })
  map.on('resize', () => {
    if (!map.getLayer('badges')) return
    scaleInk(map, unit())
    drawLevels()
    fit()
  })
  map.on('moveend', tellZoom)
  map.on('error', ({ error }: { error: Error }) => {
    if (isAbort(error) || wall.map.broken) return
    wall.map.broken = true
    timers.after(AGAIN_MS, () => wall.map.broken && again())
  })

  return {
    map,
    ready,
    settled: () => fields.settled(),
    field: () => fields.current()?.id ?? null,
    leaveRoom(points) {
      const features = points.map((coordinates) => ({ type: 'Feature' as const, properties: {}, geometry: { type: 'Point' as const, coordinates } }))
      map.getSource<GeoJSONSource>('spots')?.setData({ type: 'FeatureCollection', features })
    },
    destroy() {
      scope.stop()
      later?.()
      map.remove()
    },
  }
}
