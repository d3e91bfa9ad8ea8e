import type { Freshness } from '../../../api/types'
import { addDays, dayNumber, daysBetween } from '../../../format/day'
import type { Days } from '../../../store/windows'

/** Days whose end lies so far back are a closed file: its last days are shown. */
const CLOSED_AFTER_DAYS = 14

/** The windows of the wall, all half-open and in the county's days. */
export interface WallWindows {
  today: string
  /** The last day of what is shown: today, or the end of a closed file. */
  last: string
  closed: boolean
  month30: Days
  before30: Days
  /** What the map shows and replays: 12 whole weeks and the one that runs, or 12 whole months. */
  field: Days
  all: Days
  /** From yesterday, last Monday, the first of last month: the steps within are now and before. */
  days: Days
  weeks: Days
  months: Days
  thisMonth: Days
}

export function wallWindows(f: Freshness, protectedCounts: boolean): WallWindows {
  const { today } = f
  const closed = f.last_day !== null && daysBetween(f.last_day, today) > CLOSED_AFTER_DAYS
  const last = closed ? f.last_day! : today
  const end = addDays(last, 1)
  const tomorrow = addDays(today, 1)
  const monday = mondayOf(today)
  const first = `${last.slice(0, 7)}-01`
  const monthEarlier = (day: string) => `${addDays(`${day.slice(0, 7)}-01`, -1).slice(0, 7)}-01`
  // Whole months are all that a display for visitors is told.
  const whole = { from: monthEarlier(first), to: first }
  return {
    today, last, closed,
    month30: protectedCounts ? whole : { from: addDays(end, -30), to: end },
    before30: protectedCounts ? { from: monthEarlier(whole.from), to: whole.from } : { from: addDays(end, -60), to: addDays(end, -30) },
    field: protectedCounts ? { from: yearOf(first), to: first } : { from: addDays(mondayOf(last), -84), to: end },
    all: { from: f.first_day ?? today, to: tomorrow },
    days: { from: addDays(today, -1), to: tomorrow },
    weeks: { from: addDays(monday, -7), to: tomorrow },
    months: { from: monthEarlier(`${today.slice(0, 7)}-01`), to: tomorrow },
    thisMonth: { from: first, to: end },
  }
}

/** Day 0, 1 January 1970, was a Thursday. */
function mondayOf(day: string): string {
  return addDays(day, -((dayNumber(day) + 3) % 7))
}

/** The same day a year before the first of a month. */
function yearOf(first: string): string {
  return `${Number(first.slice(0, 4)) - 1}${first.slice(4)}`
}
