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

export interface AreaDetail extends Area {
  path: PathStep[]
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
  data_version: number
}

export interface TileJson {
  minzoom: number
  maxzoom: number
}
