/**
 * Fills polygons into an image of indices, a pixel belonging to the polygon
 * that holds its centre (even-odd rule, as contains of geo/rings): polygons
 * that share an edge share no pixel and leave none between them.
 */
export interface Raster {
  readonly width: number
  readonly height: number
  /** By row, then by column. */
  readonly index: Uint32Array
  clear(): void
  /** Sets the pixels of the polygon whose rings lie in points (x, y alternating, in pixels), each up to one of the ends. */
  fill(points: Float64Array, ends: readonly number[], value: number): void
}

export function createRaster(width: number, height: number): Raster {
  const index = new Uint32Array(width * height)
  /** Where edges cross each row; kept, so that thousands of polygons make no garbage. */
  const crossings: number[][] = Array.from({ length: height }, () => [])
  let first = height
  let last = -1

  function cross(x0: number, y0: number, x1: number, y1: number): void {
    if (y0 === y1) return
    const slope = (x1 - x0) / (y1 - y0)
    const from = Math.max(0, Math.ceil(Math.min(y0, y1) - 0.5))
    const to = Math.min(height, Math.ceil(Math.max(y0, y1) - 0.5))
    for (let row = from; row < to; row++) crossings[row]!.push(x0 + (row + 0.5 - y0) * slope)
    if (from < to) {
      first = Math.min(first, from)
      last = Math.max(last, to - 1)
    }
  }
  function fillRow(row: number, value: number): void {
    const xs = crossings[row]!
    if (xs.length > 2) xs.sort((a, b) => a - b)
    else if (xs[0]! > xs[1]!) xs.reverse()
    for (let i = 0; i + 1 < xs.length; i += 2) {
      const from = Math.max(0, Math.ceil(xs[i]! - 0.5))
      const to = Math.min(width, Math.ceil(xs[i + 1]! - 0.5))
      if (from < to) index.fill(value, row * width + from, row * width + to)
    }
    xs.length = 0
  }

  return {
    width,
    height,
    index,
    clear: () => void index.fill(0),
    fill(points, ends, value) {
      ;[first, last] = [height, -1]
      let start = 0
      for (const end of ends) {
        for (let i = start, j = end - 2; i < end; j = i, i += 2) cross(points[j]!, points[j + 1]!, points[i]!, points[i + 1]!)
        start = end
      }
      for (let row = first; row <= last; row++) fillRow(row, value)
    },
  }
}
