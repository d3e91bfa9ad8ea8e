import { formatCount, formatDelta, formatRate } from './number'

/** What of a legend its classes are made from. */
export interface Scale {
  min: number
  max: number
  breaks: readonly number[]
  measure: { signed: boolean }
}

/** A class of the legend: its lowest value, and its highest or where the next begins. */
export interface ValueClass {
  low: number
  high: number
}

const isWhole = (s: Scale) => [s.min, s.max, ...s.breaks].every(Number.isInteger)

/**
 * Classes of a legend, lowest first. Those of a whole-number scale hold both
 * ends; those of any other end where the next one begins.
 */
export function classesOf(scale: Scale): ValueClass[] {
  const { breaks, min, max } = scale
  const gap = isWhole(scale) ? 1 : 0
  const lows = [Math.min(min, (breaks[0] ?? Infinity) - gap), ...breaks]
  return lows.map((low, i) => {
    const next = lows[i + 1]
    return { low, high: next === undefined ? Math.max(low, max) : next - gap }
  })
}

/** Text of each class: 3, 4–6, 11.7–18.1, and −12…−2 where a sign stands within. */
export function classTexts(scale: Scale): string[] {
  const format = valueFormat(scale)
  return classesOf(scale).map(({ low, high }) => {
    if (low >= high) return format(low)
    return `${format(low)}${scale.measure.signed ? '…' : '–'}${format(high)}`
  })
}

const LONG = 7

/**
 * What stands under each class: its range, or where there is no room for
 * ranges the value it begins at.
 */
export function classLabels(scale: Scale): { texts: string[]; begins: boolean } {
  const texts = classTexts(scale)
  const room = texts.length <= 3 ? 2 * LONG : LONG
  if (texts.every((t) => t.length <= room)) return { texts, begins: false }
  const format = valueFormat(scale)
  return { texts: classesOf(scale).map((c) => `≥${format(c.low)}`), begins: true }
}

/** How values of a scale are written: whole, with a sign, or with one decimal. */
export function valueFormat(scale: Scale): (n: number) => string {
  if (!isWhole(scale)) return formatRate
  return scale.measure.signed ? formatDelta : formatCount
}

/**
 * Index of the class a value falls in; -1 where the map leaves the place bare:
 * zero, or for a signed measure zero without an incident.
 */
export function classIndex(value: number, count: number, scale: Scale): number {
  if (value === 0 && !(scale.measure.signed && count > 0)) return -1
  return scale.breaks.filter((b) => value >= b).length
}
