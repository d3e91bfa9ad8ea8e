import { computed, inject, reactive, shallowRef, watch, type ComputedRef, type InjectionKey } from 'vue'
import type { Area, Dictionaries, Forecast, Hotspots, Legend, PlaybackAnswer } from '../../../api/types'
import type { Days } from '../../../store/windows'
import { hasWebGl } from '../../../store/webgl'
import { wallText, type WallKey } from '../text'
import type { Board, Supervision, Tips, WallBreakdown, WallSeries } from '../types'
import { watchServer, type Live } from './live'
import { createPages, type Pages } from './pages'
import { usePanel, type Panel } from './panel'
import { createPlayer, type Player } from './player'
import { createTimers, type Timers } from './timers'
import { wallWindows, type WallWindows } from './windows'

export interface Wall {
  lang: 'zh' | 'en'
  t: (key: WallKey, params?: Record<string, string | number>) => string
  term: (entry: { zh: string; en: string }) => string
  timers: Timers
  live: Live
  pages: Pages
  webgl: boolean
  /** Counts are protected: a display for visitors. */
  guarded: ComputedRef<boolean>
  windows: ComputedRef<WallWindows | null>
  county: ComputedRef<Area | null>
  townships: ComputedRef<Area[]>
  /** Name of what the page is of. */
  place: ComputedRef<string>
  unit: ComputedRef<string>
  /** Where the map stands, told by it: the zoom whose tiles are drawn. */
  map: { zoom: number | null; broken: boolean }
  player: Player
  panels: Panels
}

export interface Panels {
  day: Panel<WallSeries>
  week: Panel<WallSeries>
  month: Panel<WallSeries>
  status: Panel<WallBreakdown>
  trend: Panel<WallSeries>
  forecast: Panel<Forecast>
  category: Panel<WallBreakdown>
  categoryBefore: Panel<WallBreakdown>
  ranks: Panel<WallBreakdown>
  ranksBefore: Panel<WallBreakdown>
  board: Panel<Board>
  tips: Panel<Tips>
  supervision: Panel<Supervision>
  spots: Panel<Hotspots>
  legend: Panel<Legend>
  playback: Panel<PlaybackAnswer>
  monthDays: Panel<WallSeries>
  monthSource: Panel<WallBreakdown>
  monthChannel: Panel<WallBreakdown>
  monthStatus: Panel<WallBreakdown>
}

export const wallKey: InjectionKey<Wall> = Symbol('wall')

export function useWall(): Wall {
  const wall = inject(wallKey)
  if (!wall) throw new Error('no wall is provided above this component')
  return wall
}

/** Level from which a township gets a page of its own: Ⅱ. */
const OWN_PAGE_LEVEL = 3
/** What costs the server seconds to compute follows the data so often. */
const SLOW_NEWS_MS = 60_000

export function createWall(query: URLSearchParams): Wall {
  const lang = query.get('lang') === 'en' ? 'en' : 'zh'
  const t: Wall['t'] = (key, params) => wallText(lang, key, params)
  const timers = createTimers()
  const live = watchServer(timers)
  const context = { live, timers }
  const version = computed(() => live.freshness?.data_version ?? null)
  const guarded = computed(() => live.freshness !== null && live.freshness.incidents === null)
  const windows = computed(() => (live.freshness ? wallWindows(live.freshness, guarded.value) : null))
  const map = reactive({ zoom: null as number | null, broken: false })

  // The slow ones ask again a minute after the one before, at most.
  const slowVersion = shallowRef<number | null>(null)
  let waiting = false
  watch(version, (now) => {
    if (slowVersion.value === null) slowVersion.value = now
    else if (!waiting) {
      waiting = true
      timers.after(SLOW_NEWS_MS, () => {
        waiting = false
        slowVersion.value = version.value
      })
    }
  }, { immediate: true })

  const areas = usePanel<{ areas: Area[] }>(context, () => (version.value === null ? null : `/v1/areas?level=township#${slowVersion.value}`))
  const root = usePanel<{ areas: Area[] }>(context, () => (version.value === null ? null : `/v1/areas?level=county#${slowVersion.value}`))
  const words = usePanel<Dictionaries>(context, () => (version.value === null ? null : '/v1/dictionaries'))
  const townships = computed(() => areas.data?.areas ?? [])
  const board = usePanel<Board>(context, () => (version.value === null ? null : `/v1/levels?limit=2000#${live.beat}`))
  const rotating = computed(() => (board.data?.areas ?? []).filter((a) => a.tier === 'township' && a.level >= OWN_PAGE_LEVEL).map((a) => a.area))
  const pages = createPages(timers, () => rotating.value, query.get('rotate') !== '0')
  const scope = () => pages.turn.area

  const when = (days: (w: WallWindows) => Days, more: (w: WallWindows) => string | null, at = version) => () => {
    const w = windows.value
    const rest = w && more(w)
    if (!w || rest === null) return null
    const { from, to } = days(w)
    return `${rest}${rest.includes('?') ? '&' : '?'}from=${from}&to=${to}${scope() ? `&area=${scope()}` : ''}#${at.value}`
  }
  const open = (path: string) => () => (guarded.value ? null : path)
  // What displays for visitors are not shown is not asked for.
  const inside = (at: number | null, path: string) => (at === null ? null : guarded.value ? '' : path)
  const step = (s: string) => `/v1/series?step=${s}`
  const by = (s: string) => `/v1/breakdown?by=${s}`
  const here = () => (scope() ? 'village' : 'township')
  const of = <T>(key: () => string | null) => usePanel<T>(context, key, scope)
  const county = () => pages.turn.kind === 'month'

  const panels: Panels = {
    day: of(when((w) => w.days, open(step('day')))),
    week: of(when((w) => w.weeks, open(step('week')))),
    month: of(when((w) => w.months, open(step('month')))),
    status: of(when((w) => w.all, open(by('status')))),
    trend: of(when((w) => (guarded.value ? w.field : w.month30), () => step(guarded.value ? 'month' : 'day'))),
    forecast: of(() => inside(slowVersion.value, `/v1/forecast?${scope() ? `level=township&area=${scope()}` : 'level=county'}#${slowVersion.value}`)),
    category: of(when((w) => w.month30, () => by('category'))),
    categoryBefore: of(when((w) => w.before30, () => by('category'))),
    ranks: of(when((w) => w.month30, () => by(here()))),
    ranksBefore: of(when((w) => w.before30, () => by(here()))),
    board,
    tips: usePanel(context, () => inside(version.value, `/v1/tips?limit=12#${live.beat}`)),
    supervision: of(() => inside(version.value, `/v1/supervision?limit=60${scope() ? `&area=${scope()}` : ''}#${live.beat}`)),
    spots: usePanel(context, () => inside(slowVersion.value, `/v1/hotspots#${slowVersion.value}`)),
    legend: usePanel(context, () => {
      const w = windows.value
      return w && map.zoom !== null ? `/v1/legend?layer=hex&z=${map.zoom}&from=${w.field.from}&to=${w.field.to}#${version.value}` : null
    }),
    playback: usePanel(context, () => {
      const w = windows.value
      return w && map.zoom !== null ? `/v1/playback/hex?step=${guarded.value ? 'month' : 'week'}&z=${map.zoom}&from=${w.field.from}&to=${w.field.to}#${slowVersion.value}` : null
    }),
    monthDays: of(when((w) => w.thisMonth, () => (county() && !guarded.value ? step('day') : null))),
    monthSource: of(when((w) => (guarded.value ? w.month30 : w.thisMonth), () => (county() ? by('source') : null))),
    monthChannel: of(when((w) => (guarded.value ? w.month30 : w.thisMonth), () => (county() ? by('channel') : null))),
    monthStatus: of(when((w) => w.thisMonth, () => (county() && !guarded.value ? by('status') : null))),
  }
  const term: Wall['term'] = (e) => (lang === 'zh' ? e.zh : e.en || e.zh)
  const countyArea = computed(() => root.data?.areas[0] ?? null)

  return {
    lang, t, term, timers, live, pages, webgl: hasWebGl(location.search), guarded, windows, townships, map, panels,
    county: countyArea,
    place: computed(() => townships.value.find((a) => a.code === scope())?.name ?? countyArea.value?.name ?? ''),
    unit: computed(() => {
      const m = words.data?.measures.find((x) => x.code === 'count')
      return m ? (lang === 'zh' ? m.unit_zh : m.unit_en) : t('unit')
    }),
    player: createPlayer(timers, () => panels.playback.data, pages),
  }
}
