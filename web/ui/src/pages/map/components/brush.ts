import { addDays, dayNumber, dayText, daysBetween } from '../../../format/day'
import type { Step } from '../../../api/types'
import type { Days } from '../../../store/windows'

/** Step at which a span of days has bars wide enough to see. */
export function stepFor(days: number): Step {
  if (days <= 130) return 'day'
  return days <= 1000 ? 'week' : 'month'
}

/** Share of the domain, 0–1, at which a day begins. */
export function place(day: string, domain: Days): number {
  const whole = Math.max(1, daysBetween(domain.from, domain.to))
  return Math.min(1, Math.max(0, daysBetween(domain.from, day) / whole))
}

/** The day nearest to a share of the domain. */
export function dayAt(share: number, domain: Days): string {
  const whole = daysBetween(domain.from, domain.to)
  return addDays(domain.from, Math.round(Math.min(1, Math.max(0, share)) * whole))
}

export type Grip = 'from' | 'to' | 'window'

/** The window after a grip was moved by days: at least one day long, inside the domain. */
export function moveGrip(window: Days, grip: Grip, by: number, domain: Days): Days {
  const low = dayNumber(domain.from)
  const high = dayNumber(domain.to)
  let from = dayNumber(window.from)
  let to = dayNumber(window.to)
  if (grip === 'from') from = clamp(from + by, Math.min(low, from), to - 1)
  else if (grip === 'to') to = clamp(to + by, from + 1, Math.max(high, to))
  else {
    const shift = clamp(by, Math.min(0, low - from), Math.max(0, high - to))
    from += shift
    to += shift
  }
  return { from: dayText(from), to: dayText(to) }
}

function clamp(v: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, v))
}
