// GET /v1/quality and /v1/freshness as the page uses them. What is null is not told to who sees a part of the county.

export interface Named {
  code: string
  zh: string
  en: string
}
export interface Lateness {
  records: number
  median: number
  p90: number
  p99: number
  same_day: number
  within_7: number
  within_30: number
}
export interface SourceQuality {
  source: string
  zh: string
  en: string
  records: number
  last_reported_at: string | null
  last_ingested_at: string | null
  /** Days from what happened to its report. */
  delay: Lateness
  /** Days from the report to its arrival here. */
  arrival: Lateness
  /** Share of a day's matters still out, 0, 1, 2 … days after it. */
  unreported: number[]
  rungs: Record<string, number>
  unlocated: number
  no_point: number
  odd_dates: { reported_before_occurred: number; due_before_occurred: number; closed_before_reported: number }
  batches: { deliveries: number; rows: number; accepted: number; updated: number; duplicates: number; quarantined: number } | null
  masked: Record<string, number> | null
  refused: number | null
  quarantine: { code: string; field: string; rows: number; last_at: string; row: number; origin: string }[] | null
  contradictions: Record<string, number> | null
  expected: { listed: number; missing: number; days: { day: string; listed: number; missing: number }[] } | null
}
export interface Quality {
  data_version: number
  today: string
  rungs: Named[]
  flags: Named[]
  faults: Named[]
  sources: SourceQuality[]
  townships: { area: string; name: string; records: number; rungs: Record<string, number>; no_point: number; delay: Lateness }[]
}
