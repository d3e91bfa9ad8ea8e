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
  /** Where the server offers server-sent events; absent where it offers none. */
  events_url?: string
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
  measure: string
  unit: string
  resolution: number | null
  total: number
  features: number
  max: number
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
  bounds?: Bbox
}
