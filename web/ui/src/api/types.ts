// Answers of the server as the page uses them (see the OpenAPI document).

export type Layer = 'hex' | 'grid' | 'village' | 'township'
export type Level = 'county' | 'township' | 'village' | 'grid'
export type Bbox = [west: number, south: number, east: number, north: number]

export interface Term {
  code: string
  zh: string
  en: string
}

export interface Measure extends Term {
  unit_zh: string
  unit_en: string
  /** Defined for areas only, not for hexagons. */
  areas_only: boolean
  /** Has values on both sides of zero, and a colour for zero. */
  signed: boolean
}

export interface Dictionaries {
  categories: Term[]
  sources: Term[]
  channels: Term[]
  measures: Measure[]
}

export interface Freshness {
  data_version: number
  settled_at: string | null
  first_day: string | null
  last_day: string | null
  today: string
  incidents: number
  located: number
  unlocated: number
  quarantined: number
  time_zone: string
  resolution: number
  bbox: Bbox | null
}

export interface Area {
  code: string
  name: string
  level: Level
  parent: string
  population: number
  bbox: Bbox
  center: [number, number]
}

export interface PathStep {
  code: string
  name: string
  level: Level
}

/** The post that answers for an area, or for one above it, on a day. */
export interface Owner {
  area: string
  name: string
  kind: string
  post: string
}

export interface AreaDetail extends Area {
  path: PathStep[]
  owners?: Owner[]
  geometry?: GeoJSON.Polygon | GeoJSON.MultiPolygon
}

export interface Legend {
  layer: Layer
  z: number
  measure: Measure
  /** H3 resolution of the hexagons. */
  resolution?: number
  /** Incidents in the field, whatever the measure. */
  total: number
  /** Places with an incident. */
  features: number
  min: number
  max: number
  /** Lower bounds of the second class and those after it. */
  breaks: number[]
  colors: { dark: string[]; light: string[] }
  /** Of the measure level: the classes 1–4; 0 has no colour. */
  classes?: LevelClass[]
  data_version: number
  data_date: string
}

export interface Group {
  key: string
  zh: string
  en: string
  count: number
  /** The measure; the count where a measure needs a whole layer to be made. */
  value: number
}

export interface Breakdown {
  by: string
  groups: Group[]
  total: number
}

export type Step = 'day' | 'week' | 'month'

export interface Series {
  step: Step
  points: { from: string; count: number }[]
  total: number
  compare?: { previous: Comparison; year_before: Comparison }
  data_version: number
}

export interface TileJson {
  minzoom: number
  maxzoom: number
}

/** A window's total against that of another. */
export interface Comparison {
  from: string
  to: string
  /** False where the other window begins before the data do. */
  complete: boolean
  value: number
  base: number
  difference: number
  percent: number | null
}

/** All steps of a window: counts by place, then by step. */
export interface PlaybackAnswer {
  layer: Layer
  step: Step
  steps: string[]
  ids: string[]
  counts: number[][]
  breaks: number[]
  colors: { dark: string[]; light: string[] }
}

export interface BaseMap {
  /** Addresses of raster tiles on this server, lowest first. */
  tiles: string[]
  credit: string
  approval: string
  date: string
}

export interface Spot {
  id: string
  name?: string
  center: [number, number]
  class: string
  count: number
  observed: number
  expected: number
}

export interface Hotspots {
  state: { code: string; zh: string; en: string }
  hot: number
  spots: Spot[]
}

export interface Interval {
  level: number
  low: number
  high: number
}

export interface Verdict {
  better: boolean
  reason: 'better' | 'not_better_than_baseline' | 'too_few_weeks'
  gain: number
  error: number
  weeks: number
  zh: string
  en: string
}

export interface PlaceForecast {
  id: string
  verdict: Verdict
  use: 'model' | 'baseline'
  history: number[]
  forecasts: { horizon: string; mean: number; whole: number; intervals: Interval[]; baseline: number }[]
}

export interface Forecast {
  state: { code: string; zh: string; en: string }
  history_to: string
  history_weeks: string[]
  closed_file: boolean
  /** How good the forecasts of this level were in the last weeks; absent where the past is too short. */
  how_good?: { holdout_weeks: number; horizons: { horizon: string; skill: number; coverage_90: number }[]; zh: string; en: string } | null
  horizons: { horizon: string; from: string; to: string }[]
  places: PlaceForecast[]
}

export interface LevelClass {
  /** 0 none, 1 blue Ⅳ … 4 red Ⅰ. */
  level: number
  numeral: string
  zh: string
  en: string
  color: string
}

export interface Contribution {
  rule: string
  zh: string
  en: string
  amount_zh: string
  amount_en: string
  points: number
}

export interface AreaLevel {
  area: string
  name: string
  tier: Level
  parent: string
  level: number
  code: string
  numeral: string
  score: number
  contributions: Contribution[]
  reason_zh: string
  reason_en: string
  body: { id: string; zh: string; en: string }
  since: string
  override: { level: number; reason: string; by: string; ends_at: string } | null
}

export interface Levels {
  day: string
  classes: (LevelClass & { ink: string; responder_zh: string; responder_en: string })[]
  areas: AreaLevel[]
}

/** Who asks, and what he may do. */
/** Places whose mix of categories is most nearly an area's; `alike` is the share that both have in common. */
export interface Alike {
  by: Level
  least: number
  places: { key: string; zh: string; en: string; count: number; alike: number }[]
}

export interface Session {
  signed_in: boolean
  /** No sign-in on this server. */
  open: boolean
  principal: { id: string; name: string; role: string; scope?: { areas?: string[]; categories?: string[]; sources?: string[] } } | null
  may: string[]
  /** The county's, in which pages tell times. */
  time_zone: string
}
