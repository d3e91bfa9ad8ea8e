import { computed, inject, reactive, ref, shallowReactive, watch, type ComputedRef, type InjectionKey } from 'vue'
import { getJson, type ApiError } from '../../../api/client'
import type { Area, BaseMap, Breakdown, Dictionaries, Freshness, Hotspots, Legend, Level, Levels, Measure, Session } from '../../../api/types'
import { createTranslator, type Translator } from '../../../i18n'
import { createAreaIndex, type AreaIndex } from './areas'
import { usePlayback, type Playback } from './playback'
import { drillInto, stepUp } from './drill'
import { watchFreshness, type FreshnessFeed } from '../../../store/freshness'
import { useResource, type Resource } from '../../../store/resource'
import { selectionQuery, type SelectionOptions } from './selection'
import { formatView, joinQuery, parseView, type View } from './view'
import type { Camera } from '../../../geo/camera'
import { createTiles, type Tiles } from './tiles'
import { hasWebGl } from '../../../store/webgl'
import { DEFAULT_PRESET, dataDays, presetWindow, type Days } from '../../../store/windows'

/** The page's state and the acts that change it. One per page, injected. */
export interface App {
  view: View
  feed: FreshnessFeed
  freshness: ComputedRef<Freshness | null>
  days: ComputedRef<Days | null>
  dictionaries: Resource<Dictionaries>
  areas: AreaIndex
  legend: Resource<Legend>
  /** The legend of what is in sight: the playback's while one is drawn. */
  scale: ComputedRef<Legend | null>
  playback: Playback
  session: Resource<Session>
  /** What lies under the map, and whether it is shown. */
  base: Resource<BaseMap>
  baseShown: ComputedRef<boolean>
  spots: Resource<Hotspots>
  /** Whether the map shows response levels instead of a density; those of the layer, while it does. */
  response: ComputedRef<boolean>
  levels: Resource<Levels>
  /** Told by the map: the whole zoom the legend is for, a tile that could not be had, the camera it begins with, whether it is in sight. */
  map: { zoom: number; error: ApiError | null; first: Camera | null; seen: boolean }
  tiles: Tiles
  /** True where the SVG drawing stands in for the map: it chooses the layer itself. */
  plain: boolean
  i18n: Translator
  /** Unit of a count; `measureUnit` is that of the measure the map shows. */
  unit: ComputedRef<string>
  measure: ComputedRef<Measure | null>
  measureUnit: ComputedRef<string>
  /** The incidents of the selection, those without a place on the map too. */
  whole: Resource<Breakdown>
  /** The same for the other window, where two are compared. */
  wholeVersus: Resource<Breakdown>
  /** Changes the view. A change is a step of the browser's history unless `replace`. */
  go(change: Partial<View>, replace?: boolean): void
  up(): boolean
  open(area: Pick<Area, 'code' | 'level' | 'parent'>): void
  /** Asks again for everything, after the server was away. */
  askAgain(): void
  /** Address of an answer for the view's selection; null until the window is known. */
  path(at: string, options?: SelectionOptions, extra?: Record<string, string>): string | null
}

/** The measure that is no density but who has to act. */
export const LEVEL = 'level'

const KEY: InjectionKey<App> = Symbol('app')
export { KEY as appKey }

export function useApp(): App {
  const app = inject(KEY)
  if (!app) throw new Error('no app is provided above this component')
  return app
}

/** Makes the state from the address bar and ties it to the browser's history. */
export function createApp(location: Location, history: History): App {
  const view = reactive(parseView(location.search)) as View
  const feed = watchFreshness()
  const freshness = computed(() => feed.data)
  const days = computed(() => (feed.data ? dataDays(feed.data) : null))
  const areas = createAreaIndex()
  const tiles = createTiles(() => feed.data?.data_version ?? 0)
  const i18n = createTranslator(() => view.lang)
  const map = shallowReactive<App['map']>({ zoom: 9, error: null, first: null, seen: false })
  const rounds = ref(0)
  const dictionaries = useResource<Dictionaries>(() => `/v1/dictionaries#${rounds.value}`)

  function go(change: Partial<View>, replace = false): void {
    const before = formatView(view)
    Object.assign(view, change)
    const query = formatView(view)
    if (query === before) return
    const url = `${location.pathname}?${query}`
    if (replace) history.replaceState(null, '', url)
    else history.pushState(null, '', url)
  }
  function path(at: string, options: SelectionOptions = {}, extra: Record<string, string> = {}): string | null {
    if (!view.from || !feed.data) return null
    return `${at}?${selectionQuery(view, options, extra)}#${feed.data.data_version}.${rounds.value}`
  }

  window.addEventListener('popstate', () => {
    Object.assign(view, parseView(location.search))
    settleWindow()
  })
  function settleWindow(): void {
    if (view.from || !days.value) return
    go(presetWindow(DEFAULT_PRESET, days.value), true)
  }
  watch(days, settleWindow)
  function askAgain(): void {
    map.error = null
    if (feed.error) feed.retry()
    rounds.value++
  }
  watch(() => feed.error, (now, before) => before && !now && askAgain())

  const legend = useResource<Legend>(() => path('/v1/legend', {}, { layer: view.layer, z: String(map.zoom) }))
  const whole = useResource<Breakdown>(() => path('/v1/breakdown', {}, { by: 'source' }))
  const wholeVersus = useResource<Breakdown>(() => (view.versus ? path('/v1/breakdown', { window: view.versus }, { by: 'source' }) : null))
  const session = useResource<Session>(() => '/v1/session')
  const base = useResource<BaseMap>(() => `/v1/basemap#${rounds.value}`)
  const baseShown = computed(() => view.base && (base.data?.tiles.length ?? 0) > 0)
  const spots = useResource<Hotspots>(() => (view.spots ? path('/v1/hotspots', { measure: 'count' }, { layer: view.layer, z: String(map.zoom) }) : null))
  const playback = usePlayback({ view, go, map, path })
  const measureOf = (code: string) => dictionaries.data?.measures.find((m) => m.code === code) ?? null
  const scale = computed<Legend | null>(() => {
    const now = legend.data
    const frames = playback.answer.data
    const count = measureOf('count')
    if (!now || !playback.table || !frames || !count) return now
    const features = frames.counts.filter((row) => row[playback.at]! > 0).length
    return { ...now, ...playback.extent, measure: count, breaks: frames.breaks, colors: frames.colors, total: playback.totals[playback.at] ?? 0, features }
  })
  const response = computed(() => view.measure === LEVEL)
  const levels = useResource<Levels>(() => {
    if (!response.value || view.layer === 'hex' || !feed.data) return null
    const query: [string, string][] = [['limit', '2000'], ['tier', view.layer]]
    return `/v1/levels?${joinQuery(view.area ? [['area', view.area], ...query] : query)}#${feed.data.data_version}.${rounds.value}`
  })
  const measure = computed(() => (playback.table ? measureOf('count') : (measureOf(view.measure) ?? legend.data?.measure ?? null)))
  const unitOf = (m: Measure | null) => (m ? (view.lang === 'zh' ? m.unit_zh : m.unit_en) : '')
  const unit = computed(() => unitOf(measureOf('count')))
  const measureUnit = computed(() => unitOf(measure.value))
  // A measure that hexagons do not have is shown by the finest areas.
  watch(
    () => view.layer === 'hex' && (response.value || measure.value?.areas_only === true),
    (impossible) => impossible && go({ layer: 'grid' }, true),
  )

  return {
    view, feed, freshness, days, dictionaries, areas, legend, scale, playback, session, base, baseShown, spots, response, levels, map, tiles, i18n, unit, measure, measureUnit, whole, wholeVersus, go, path, askAgain,
    plain: !hasWebGl(location.search),
    up() {
      const change = stepUp(view, (c) => areas.byCode.get(c))
      if (change) go(change)
      return change !== null
    },
    open: (area) => go(drillInto(view, area)),
  }
}

/** Level of an area that is known only by its code, asked for where it is not at hand. */
export async function areaByCode(app: App, code: string): Promise<{ code: string; level: Level; parent: string }> {
  return app.areas.byCode.get(code) ?? (await getJson<Area>(`/v1/areas/${encodeURIComponent(code)}`))
}
