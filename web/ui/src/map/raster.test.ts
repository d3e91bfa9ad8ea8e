import { describe, expect, it } from 'vitest'
import { createRaster } from './raster'

const points = (...xy: number[]) => Float64Array.from(xy)
const rows = ({ width, height, index }: ReturnType<typeof createRaster>) =>
  Array.from({ length: height }, (_, y) => [...index.subarray(y * width, (y + 1) * width)].join(''))

describe('raster', () => {
  it('gives a pixel to the polygon that holds its centre, a hole to none', () => {
    const raster = createRaster(6, 6)
    raster.fill(points(0.4, 0.4, 5.6, 0.4, 5.6, 5.6, 0.4, 5.6, 2, 2, 4, 2, 4, 4, 2, 4), [8, 16], 1)
    expect(rows(raster)).toEqual(['111111', '111111', '110011', '110011', '111111', '111111'])
  })
  it('cuts what lies beyond its edges', () => {
    const raster = createRaster(3, 2)
    raster.fill(points(-9, -9, 2, -9, 2, 9, -9, 9), [8], 7)
    raster.fill(points(90, 90, 99, 90, 99, 99), [6], 8)
    expect(rows(raster)).toEqual(['770', '770'])
  })
  it('gives each pixel of a plane of hexagons to exactly one of them', () => {
    const [width, height, r] = [200, 150, 7.3]
    const all = createRaster(width, height)
    const seen = new Uint8Array(width * height)
    let value = 0
    for (let row = -2; row * r * 1.5 < height + 2 * r; row++) {
      for (let col = -2; col * r * Math.sqrt(3) < width + 2 * r; col++) {
        const x = r * Math.sqrt(3) * (col + (row & 1) / 2)
        const y = r * 1.5 * row
        const corner = (a: number): [number, number] => [x + r * Math.cos(((30 + 60 * a) * Math.PI) / 180), y + r * Math.sin(((30 + 60 * a) * Math.PI) / 180)]
        // Corners meet to the digit in a tile's grid; here they are rounded to one.
        const ring = [0, 1, 2, 3, 4, 5].flatMap(corner).map((v) => Math.round(v * 64) / 64)
        const alone = createRaster(width, height)
        alone.fill(Float64Array.from(ring), [12], 1)
        alone.index.forEach((v, i) => (seen[i]! += v))
        all.fill(Float64Array.from(ring), [12], ++value)
      }
    }
    expect(seen.every((n) => n === 1)).toBe(true)
    expect(all.index.every((v) => v > 0)).toBe(true)
  })
})
