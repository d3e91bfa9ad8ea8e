// Days are local days of the county, written 2025-01-31, and never pass
// through the browser's time zone: they are counted as days since 1970-01-01.

const MS = 86_400_000

/** Day number of a day text; NaN where the text is not a day of the calendar. */
export function dayNumber(text: string): number {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return NaN
  const n = Date.parse(`${text}T00:00:00Z`) / MS
  return dayTextOrEmpty(n) === text ? n : NaN
}

function dayTextOrEmpty(n: number): string {
  return Number.isFinite(n) ? dayText(n) : ''
}

/** Day text of a day number. */
export function dayText(n: number): string {
  return new Date(n * MS).toISOString().slice(0, 10)
}

export function isDay(text: string): boolean {
  return Number.isFinite(dayNumber(text))
}

export function addDays(text: string, days: number): string {
  return dayText(dayNumber(text) + days)
}

/** Days in [from, to). */
export function daysBetween(from: string, to: string): number {
  return dayNumber(to) - dayNumber(from)
}

/** A day for a person: 2025年1月31日 or 31 Jan 2025; short leaves the year out. */
export function formatDay(text: string, lang: string, style: 'long' | 'short' | 'month' = 'long'): string {
  const date = new Date(dayNumber(text) * MS)
  const options: Intl.DateTimeFormatOptions = { timeZone: 'UTC', month: style === 'long' && lang === 'zh' ? 'long' : 'short' }
  if (style !== 'month') options.day = 'numeric'
  if (style !== 'short') options.year = 'numeric'
  return new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en-GB', options).format(date)
}

/** A closed span of days for a half-open window. */
export function formatWindow(from: string, to: string, lang: string): string {
  const last = addDays(to, -1)
  if (last === from) return formatDay(from, lang)
  return `${formatDay(from, lang)} – ${formatDay(last, lang)}`
}

/** An instant in the county's zone, to the minute. */
export function formatInstant(iso: string, zone: string, lang: string): string {
  return new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en-GB', {
    timeZone: zone,
    dateStyle: 'medium',
    timeStyle: 'short',
    hour12: false,
  } as Intl.DateTimeFormatOptions).format(new Date(iso))
}

/** The local day of an instant in the county's zone. */
export function dayOf(iso: string, zone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(new Date(iso))
}

/** The larger unit of an age in milliseconds: 3 minutes, 2 hours, 5 days. */
export function age(ms: number): { unit: 'now' | 'minute' | 'hour' | 'day'; n: number } {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return { unit: 'now', n: 0 }
  if (minutes < 60) return { unit: 'minute', n: minutes }
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return { unit: 'hour', n: hours }
  return { unit: 'day', n: Math.floor(hours / 24) }
}
