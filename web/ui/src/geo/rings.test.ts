import { describe, expect, it } from 'vitest'
import { contains, mercator, outsideOf, type Shape } from './rings'

const square = (x: number, y: number, s: number) => [[x, y], [x + s, y], [x + s, y + s], [x, y + s], [x, y]]
const shape: Shape = { type: 'MultiPolygon', coordinates: [[square(0, 0, 10), square(4, 4, 2)], [square(20, 0, 5)]] }

describe('rings', () => {
  it('tell inside from outside, holes and islands included', () => {
    expect(contains(shape, 1, 1)).toBe(true)
    expect(contains(shape, 5, 5)).toBe(false)
    expect(contains(shape, 22, 2)).toBe(true)
    expect(contains(shape, 15, 2)).toBe(false)
  })
  it('leave the outer rings out of the world', () => {
    expect(outsideOf(shape).geometry.coordinates).toHaveLength(3)
  })
  it('project as tiles do', () => {
    expect(mercator(0, 0)).toEqual([0.5, 0.5])
    expect(mercator(-180, 85.0511287798066)[1]).toBeCloseTo(0, 9)
  })
})
