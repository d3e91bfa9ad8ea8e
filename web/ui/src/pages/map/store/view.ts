import type { Layer, Step } from '../../../api/types'
import { isDay } from '../../../format/day'
import type { Camera } from '../../../geo/camera'
import type { Lang } from '../../../i18n'
import type { Theme } from '../../../map/palette'
import type { Days } from '../../../store/windows'
import { hoursText, parseHours, parseWeekdays, weekdaysText } from '../../../format/ranges'

export type Picked = { kind: 'area'; code: string } | { kind: 'cell'; cell: string }
/** All that the page shows. The URL holds every part of it. */
export interface View {
  layer: Layer
  measure: string
  /** Window of local days [from, to); both empty until the county's days are known. */
  from: string
  to: string
  category: string[]
  source: string[]
  channel: string[]
  hours: number[]
  weekdays: number[]
  /** The area the map is drilled into; empty for the county. */
  area: string
  /** What the right panel tells about. */
  picked: Picked | null
  /** Null asks the map to show the whole of `area`; the map then fills it in. */
  camera: Camera | null
  /** A second window on the left of a divider; null for none. */
  versus: Days | null
  /** Where the divider stands: share of the map's width. */
  swipe: number
  /** Playback of the window: its step and the first day of the step in sight, empty for the first; null for none. */
  play: { step: Step; at: string } | null
  /** Rings round the hot spots of the window. */
  spots: boolean
  /** The base map, where one is configured. */
  base: boolean
  lang: Lang
  theme: Theme
}

export const LAYERS: readonly Layer[] = ['hex', 'grid', 'village', 'township']

export function defaultView(): View {
  return {
    layer: 'hex',
    measure: 'count',
    from: '',
    to: '',
    category: [],
    source: [],
    channel: [],
    hours: [],
    weekdays: [],
    area: '',
    picked: null,
    camera: null,
    versus: null,
    swipe: 0.5,
    play: null,
    spots: false,
    base: true,
    lang: 'zh',
    theme: 'dark',
  }
}

const CODE = /^[\w.-]{1,64}$/
const codes = (text: string | null) => (text ?? '').split(',').filter((c) => CODE.test(c))
const code = (text: string | null) => (text !== null && CODE.test(text) ? text : '')

/** View of a URL's query. What is missing or wrong takes its default. */
export function parseView(search: string): View {
  const q = new URLSearchParams(search)
  const view = defaultView()
  const layer = LAYERS.find((l) => l === q.get('layer'))
  if (layer) view.layer = layer
  view.measure = code(q.get('measure')) || view.measure
  Object.assign(view, parseDays(q.get('from'), q.get('to')))
  view.category = codes(q.get('category'))
  view.source = codes(q.get('source'))
  view.channel = codes(q.get('channel'))
  view.hours = parseHours(q.get('hours') ?? '')
  view.weekdays = parseWeekdays(q.get('weekdays') ?? '')
  view.area = code(q.get('area'))
  const cell = code(q.get('cell'))
  const picked = code(q.get('picked'))
  if (cell) view.picked = { kind: 'cell', cell }
  else if (picked) view.picked = { kind: 'area', code: picked }
  view.camera = parseCamera(q.get('at'))
  const [vsFrom, vsTo] = (q.get('vs') ?? '').split('..')
  view.versus = parseDays(vsFrom, vsTo)
  const swipe = Number(q.get('swipe') || NaN)
  if (swipe >= 0 && swipe <= 1) view.swipe = swipe
  view.play = parsePlay(q.get('play'))
  view.spots = q.get('spots') === '1'
  view.base = q.get('base') !== '0'
  if (q.get('lang') === 'en') view.lang = 'en'
  if (q.get('theme') === 'light') view.theme = 'light'
  return view
}

function parseDays(from: string | null | undefined, to: string | null | undefined): Days | null {
  return from && to && isDay(from) && isDay(to) && from < to ? { from, to } : null
}

export const STEPS: readonly Step[] = ['day', 'week', 'month']

function parsePlay(text: string | null): View['play'] {
  const [name, at = ''] = (text ?? '').split('.')
  const step = STEPS.find((s) => s === name)
  return step ? { step, at: isDay(at) ? at : '' } : null
}

function parseCamera(text: string | null): Camera | null {
  const [lng, lat, zoom] = (text ?? '').split(',').map((part) => (part === '' ? NaN : Number(part)))
  if (lng === undefined || lat === undefined || zoom === undefined) return null
  const inside = Math.abs(lng) <= 180 && Math.abs(lat) <= 85 && zoom >= 0 && zoom <= 22
  return inside ? { lng, lat, zoom } : null
}

/** Query of a view, without `?`; defaults are left out, the order is fixed. */
export function formatView(view: View): string {
  const d = defaultView()
  const parts: [string, string][] = []
  const put = (key: string, value: string, fallback = '') => {
    if (value !== fallback) parts.push([key, value])
  }
  put('layer', view.layer, d.layer)
  put('measure', view.measure, d.measure)
  put('from', view.from)
  put('to', view.to)
  put('category', view.category.join(','))
  put('source', view.source.join(','))
  put('channel', view.channel.join(','))
  put('hours', hoursText(view.hours))
  put('weekdays', weekdaysText(view.weekdays))
  put('area', view.area)
  if (view.picked?.kind === 'area') put('picked', view.picked.code)
  if (view.picked?.kind === 'cell') put('cell', view.picked.cell)
  if (view.camera) put('at', cameraText(view.camera))
  if (view.versus) {
    put('vs', `${view.versus.from}..${view.versus.to}`)
    put('swipe', view.swipe.toFixed(2), d.swipe.toFixed(2))
  }
  if (view.play) put('play', view.play.at ? `${view.play.step}.${view.play.at}` : view.play.step)
  put('spots', view.spots ? '1' : '')
  put('base', view.base ? '' : '0')
  put('lang', view.lang, d.lang)
  put('theme', view.theme, d.theme)
  return joinQuery(parts)
}

function cameraText({ lng, lat, zoom }: Camera): string {
  return `${lng.toFixed(5)},${lat.toFixed(5)},${zoom.toFixed(2)}`
}

/** Joins a query; commas stay readable. */
export function joinQuery(parts: readonly [string, string][]): string {
  return parts.map(([k, v]) => `${k}=${encodeURIComponent(v).replace(/%2C/g, ',')}`).join('&')
}
