import type { Layer } from '../api/types'
import { isDay } from '../format/day'
import { hoursText, parseHours, parseWeekdays, weekdaysText } from '../format/ranges'

export type Lang = 'zh' | 'en'
export type Theme = 'dark' | 'light'
export type Picked = { kind: 'area'; code: string } | { kind: 'cell'; cell: string }
export interface Camera {
  lng: number
  lat: number
  zoom: number
}

/** All that the page shows. The URL holds every part of it. */
export interface View {
  layer: Layer
  measure: string
  /** Window of local days [from, to); both empty until the county's days are known. */
  from: string
  to: string
  category: string[]
  source: string[]
  hours: number[]
  weekdays: number[]
  /** The area the map is drilled into; empty for the county. */
  area: string
  /** What the right panel tells about. */
  picked: Picked | null
  /** Null asks the map to show the whole of `area`; the map then fills it in. */
  camera: Camera | null
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
    hours: [],
    weekdays: [],
    area: '',
    picked: null,
    camera: null,
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
  const from = q.get('from') ?? ''
  const to = q.get('to') ?? ''
  if (isDay(from) && isDay(to) && from < to) Object.assign(view, { from, to })
  view.category = codes(q.get('category'))
  view.source = codes(q.get('source'))
  view.hours = parseHours(q.get('hours') ?? '')
  view.weekdays = parseWeekdays(q.get('weekdays') ?? '')
  view.area = code(q.get('area'))
  const cell = code(q.get('cell'))
  const picked = code(q.get('picked'))
  if (cell) view.picked = { kind: 'cell', cell }
  else if (picked) view.picked = { kind: 'area', code: picked }
  view.camera = parseCamera(q.get('at'))
  if (q.get('lang') === 'en') view.lang = 'en'
  if (q.get('theme') === 'light') view.theme = 'light'
  return view
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
  put('hours', hoursText(view.hours))
  put('weekdays', weekdaysText(view.weekdays))
  put('area', view.area)
  if (view.picked?.kind === 'area') put('picked', view.picked.code)
  if (view.picked?.kind === 'cell') put('cell', view.picked.cell)
  if (view.camera) put('at', cameraText(view.camera))
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
