import type { Freshness } from '../api/types'
import { addDays } from '../format/day'

export type Preset = '7' | '30' | '90' | 'year' | 'all'
export const PRESETS: readonly Preset[] = ['7', '30', '90', 'year', 'all']
export const DEFAULT_PRESET: Preset = '90'

export interface Days {
  from: string
  to: string
}

/** All days that may hold data, [first, end): up to the last day with data, never beyond today. */
export function dataDays(f: Pick<Freshness, 'first_day' | 'last_day' | 'today'>): Days {
  const last = f.last_day && f.last_day < f.today ? f.last_day : f.today
  const first = f.first_day && f.first_day <= last ? f.first_day : last
  return { from: first, to: addDays(last, 1) }
}

/** Window of a preset, counted back from the last day of the data. */
export function presetWindow(preset: Preset, days: Days): Days {
  if (preset === 'all') return days
  if (preset === 'year') return { from: `${addDays(days.to, -1).slice(0, 4)}-01-01`, to: days.to }
  return { from: addDays(days.to, -Number(preset)), to: days.to }
}

/** The preset a window is, or null for a window of its own. */
export function presetOf(window: Days, days: Days): Preset | null {
  return (
    PRESETS.find((p) => {
      const w = presetWindow(p, days)
      return w.from === window.from && w.to === window.to
    }) ?? null
  )
}
