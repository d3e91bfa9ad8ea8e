// Answers that only the wall asks for, and those that a display for visitors
// gets with less in them.
import type { Level, LevelClass } from '../../api/types'

/** A count; null where it is too small to be told, and then between low and high. */
export interface Told {
  count: number | null
  low?: number
  high?: number
}

export interface WallSeries {
  points: (Told & { from: string; average?: number | null })[]
  total?: number
  compare?: { previous: { complete: boolean; value: number; base: number; closed_share?: { value: number | null; base: number | null; points: number | null } } }
}

export interface WallBreakdown {
  groups: (Told & { key: string; zh: string; en: string })[]
  total?: number
}

export interface BoardArea {
  area: string
  name: string
  tier: Level
  level: number
  numeral: string
  score: number | null
  contributions: { rule: string; zh: string; en: string; amount_zh: string; amount_en: string; points: number }[]
  body: { zh: string; en: string } | null
  since: string
}

export interface Board {
  day: string | null
  classes: (LevelClass & { ink: string; responder_zh: string; responder_en: string })[]
  counts: { level: number; total: number; county: number; township: number; village: number; grid: number }[]
  areas: BoardArea[]
}

export interface Tip {
  id: string
  number: string
  made_at: string
  area: string
  name: string
  level: number
  numeral: string
  body: { zh: string; en: string }
  text_zh: string
  text_en: string
  acked_at: string | null
}

export interface Tips {
  counts: { issued: number; acked: number; open: number; late: number }
  tips: Tip[]
}

export interface Supervision {
  totals: Record<'urgent' | 'overdue' | 'due_soon' | 'failed' | 'supervised', number | null>
  areas: { area: string; name: string; tier: Level; urgent: number | null; overdue: number | null; due_soon: number | null; failed: number | null; supervised: number | null }[]
  matters: {
    source: string
    source_id: string
    category_zh: string
    category_en: string
    name: string
    unit: string
    days_over: number
    urgent: boolean
    overdue: boolean
    due_soon: boolean
    failed: boolean
    supervised: boolean
  }[]
}
