// GET /v1/backtest as the page uses it.

export const LEVELS = ['grid', 'village', 'township', 'county', 'hex'] as const
export type LevelName = (typeof LEVELS)[number]

export interface Hit {
  share_of_cells: number
  hit_rate: number
  interval_90: { low: number; high: number }
  pai: number
  pei: number
}
export interface Method {
  method: string
  log_score: number
  rps: number
  coverage_90: number
  expected_over_actual: number
  bins: { rate: string; cases: number; coverage_90: number }[]
  hit_curve: Hit[]
  weekly_log_score: number[]
  pit: number[]
  reliability: { cases: number; said: number; actual: number }[] | null
}
export interface HorizonReport {
  horizon: string
  cases: number
  methods: Method[]
}
export interface SkillAt {
  horizon: string
  cases: number
  skill: number
  log_score: number
  baseline_log_score: number
  baseline: string
  rps: number
  baseline_rps: number
  coverage_90: number
  hit_5: number
  baseline_hit_5: number
}
export interface Choice {
  half_life_weeks: number
  season: boolean
  level_half_life_weeks: number
  long_memory: boolean
  self_exciting: boolean
  neighbours: boolean
  default: boolean
}
export interface Report {
  weeks: number
  holdout_weeks: number
  series: number
  events: number
  mean_rate: number
  zeros: number
  events_outside_known: number
  choice: Choice
  seed: number
  horizons: HorizonReport[]
  groups: { better: boolean; reason: string; gain: number; error: number }[]
  places_better: number
  places_not_better: number
  places_too_few: number
}
export interface Backtest {
  data_version: number
  model_version: string
  made_at: string
  stale: boolean
  state: { code: string; zh: string; en: string }
  level: string
  categories: string[]
  /** Whole weeks [from, to) of the history. */
  history_from: string
  history_to: string
  skill?: SkillAt[]
  report: Report | null
}

/** Query of a backtest; empty texts are left to the server. */
export function backtestPath(level: LevelName, category: string, holdout: string, seed: string): string {
  const query = new URLSearchParams({ level })
  if (category) query.set('category', category)
  if (holdout) query.set('holdout', holdout)
  if (seed && seed !== '0') query.set('seed', seed)
  return `/v1/backtest?${query}`
}

/** What is given to people: the last of the methods. */
export const givenOf = (h: HorizonReport): Method => h.methods[h.methods.length - 1]!
