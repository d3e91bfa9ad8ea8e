// Sets of small whole numbers as the server's URL grammar writes them.

/** `8-18,22-24`: ranges of hours with an exclusive end, sorted and joined. */
export function hoursText(hours: readonly number[]): string {
  return runs(hours).map(([a, b]) => (a === b ? `${a}` : `${a}-${b + 1}`)).join(',')
}

/** Hours 0–23 of a text; unknown parts are dropped. */
export function parseHours(text: string): number[] {
  return parse(text, 0, 23, true)
}

/** `1-5,7`: weekdays with an inclusive end, 1 = Monday. */
export function weekdaysText(days: readonly number[]): string {
  return runs(days).map(([a, b]) => (a === b ? `${a}` : `${a}-${b}`)).join(',')
}

/** Weekdays 1–7 of a text; unknown parts are dropped. */
export function parseWeekdays(text: string): number[] {
  return parse(text, 1, 7, false)
}

function runs(values: readonly number[]): [number, number][] {
  const out: [number, number][] = []
  for (const v of [...new Set(values)].sort((a, b) => a - b)) {
    const last = out[out.length - 1]
    if (last && last[1] === v - 1) last[1] = v
    else out.push([v, v])
  }
  return out
}

function parse(text: string, min: number, max: number, exclusive: boolean): number[] {
  const found = new Set<number>()
  for (const part of text.split(',')) {
    const m = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(part)
    if (!m) continue
    const low = Number(m[1])
    const high = m[2] === undefined ? low : Number(m[2]) - (exclusive ? 1 : 0)
    for (let v = low; v <= high; v++) if (v >= min && v <= max) found.add(v)
  }
  return [...found].sort((a, b) => a - b)
}
