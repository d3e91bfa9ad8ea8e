const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const oneDecimal = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })

/** 12,345 */
export function formatCount(n: number): string {
  return grouped.format(n)
}

/** 12.3 */
export function formatRate(n: number): string {
  return oneDecimal.format(n)
}

/** 12.3% of a ratio; an empty text where the denominator is zero. */
export function formatShare(part: number, whole: number): string {
  return whole > 0 ? `${oneDecimal.format((100 * part) / whole)}%` : ''
}

/** +12.3% or −4.0% against a base; an empty text where the base is zero. */
export function formatChange(base: number, value: number): string {
  if (base <= 0) return ''
  const change = (100 * (value - base)) / base
  return `${signOf(change)}${oneDecimal.format(Math.abs(change))}%`
}

/** +12, −3, 0: with a true minus sign. */
export function formatDelta(n: number): string {
  return `${signOf(n)}${grouped.format(Math.abs(n))}`
}

function signOf(n: number): string {
  if (n > 0) return '+'
  return n < 0 ? '−' : ''
}

/** Upper ends of an axis and its ticks: 0 and 2–4 round steps that reach max. */
export function axisTicks(max: number, integers = true): number[] {
  if (!(max > 0)) return [0, 1]
  const raw = max / 3
  const power = 10 ** Math.floor(Math.log10(raw))
  const steps = [1, 2, 5, 10].map((m) => m * power)
  let step = steps.find((s) => s >= raw) ?? steps[3]!
  if (integers) step = Math.max(1, Math.ceil(step))
  const ticks = [0]
  while (ticks[ticks.length - 1]! < max) ticks.push(ticks[ticks.length - 1]! + step)
  return ticks
}
