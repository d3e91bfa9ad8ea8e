/** A class of the legend: the values it holds, both ends included; open = no upper end. */
export interface ValueClass {
  low: number
  high: number | null
}

/**
 * Classes of a legend from the lower bounds of the second class onwards.
 * Whole-number measures start at 1 (zero is not drawn) and end one below the
 * next class.
 */
export function classesOf(breaks: readonly number[], max: number): ValueClass[] {
  const lows = [1, ...breaks]
  return lows.map((low, i) => {
    const next = lows[i + 1]
    if (next !== undefined) return { low, high: next - 1 }
    return { low, high: max >= low ? max : null }
  })
}

/** Text of a class: 3, 4–6, 13–40. */
export function classText(c: ValueClass, format: (n: number) => string): string {
  if (c.high === null) return `≥ ${format(c.low)}`
  return c.low >= c.high ? format(c.low) : `${format(c.low)}–${format(c.high)}`
}

/** Index of the class a value falls in; -1 for zero and less. */
export function classIndex(value: number, breaks: readonly number[]): number {
  if (!(value > 0)) return -1
  let i = 0
  while (i < breaks.length && value >= breaks[i]!) i++
  return i
}
