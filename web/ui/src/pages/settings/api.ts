// Answers of /v1/policy, /v1/policy/simulate, /v1/users and /v1/tokens.

export const TIERS = ['grid', 'village', 'township', 'county'] as const
export type Tier = (typeof TIERS)[number]
type ByTier<T> = Partial<Record<Tier, T>>

export interface Words {
  zh: string
  en: string
}
export interface Rule extends Words {
  id: string
  input: string
  points: number
  /** Points begin above the first number and are all there from the second. */
  ramp: ByTier<[number, number]>
  needs?: string[]
}
export interface Floor extends Words {
  id: string
  input: string
  at_least: ByTier<number>
  level: string
}
export interface LevelRule {
  level: string
  at: number
  stay: number
  population: number
  answer_days: number
  body: ByTier<Words & { id: string }>
}
export interface Policy extends Words {
  version: string
  note_zh: string
  note_en: string
  noise: number
  rules: Rule[]
  floors: Floor[]
  levels: LevelRule[]
}
export interface LevelClass extends Words {
  level: number
  code: string
  numeral: string
  color: string
  ink: string
}
export interface InputInfo extends Words {
  code: string
  unit_zh: string
  unit_en: string
}
export interface InForce {
  policy: Policy
  classes: LevelClass[]
  inputs: InputInfo[]
}
export interface Difference {
  area: string
  name: string
  tier: Tier
  from: string
  to: string
  old: number
  new: number
  old_score: number
  new_score: number
  body_zh: string
  body_en: string
}
export interface Simulation {
  from: string
  to: string
  old: string
  new: string
  areas: number
  /** Days of areas by the level in force, then by the new one. */
  area_days: number[][]
  old_steps: number
  new_steps: number
  differences: Difference[]
  left_out: number
}

export interface Scope {
  areas?: string[] | null
  categories?: string[] | null
  sources?: string[] | null
}
export interface User {
  id: string
  name: string
  display: string
  role: string
  scope: Scope
  disabled: boolean
  external: boolean
  has_password: boolean
  last_sign_in: string | null
}
export interface Token {
  id: string
  name: string
  role: string
  scope: Scope
  kiosk: boolean
  used: boolean
  created_by: string
  created_at: string
  expires_at: string
}

export const ROLES = ['leader', 'township', 'department', 'analyst', 'administrator', 'auditor', 'wall', 'ingest'] as const
/** Roles that may be cut to a scope. */
export const SCOPED = ['wall', 'leader', 'township', 'department', 'analyst']
