import { describe, expect, it } from 'vitest'
import { fitCamera, tilesOf } from './camera'
import { mercator } from './rings'

const size = { width: 1440, height: 900 }
const insets = { top: 64, right: 48, bottom: 32, left: 352 }

describe('camera', () => {
  it('puts a box between the insets, as large as it can be', () => {
    const box: [number, number, number, number] = [106, 28, 107.2, 28.6]
    const camera = fitCamera(box, size, insets, 14)
    const world = 512 * 2 ** camera.zoom
    const [cx, cy] = mercator(camera.lng, camera.lat)
    const at = (lng: number, lat: number) => {
      const [x, y] = mercator(lng, lat)
      return [(x - cx) * world + 720, (y - cy) * world + 450]
    }
    const [left, top] = at(106, 28.6) as [number, number]
    const [right, bottom] = at(107.2, 28) as [number, number]
    expect(left).toBeCloseTo(352, 6)
    expect(right).toBeCloseTo(1440 - 48, 6)
    expect(top - 64).toBeCloseTo(900 - 32 - bottom, 6)
    expect(top).toBeGreaterThanOrEqual(64)
  })
  it('comes no nearer than it may', () => {
    expect(fitCamera([106, 28, 106.0001, 28.0001], size, insets, 14.5).zoom).toBe(14.5)
  })
  it('sees the tiles of the screen and no others', () => {
    const tiles = tilesOf({ lng: 106.5, lat: 28.3, zoom: 9.4 }, size, 9)
    for (const t of tiles) {
      expect(t.left).toBeLessThan(1440)
      expect(t.top).toBeLessThan(900)
      expect(t.left + t.side).toBeGreaterThan(0)
      expect(t.top + t.side).toBeGreaterThan(0)
    }
    const seen = tiles.reduce((sum, t) => sum + (Math.min(1440, t.left + t.side) - Math.max(0, t.left)) * (Math.min(900, t.top + t.side) - Math.max(0, t.top)), 0)
    expect(seen).toBeCloseTo(1440 * 900, 3)
    expect(tilesOf({ lng: -180, lat: 85, zoom: 0 }, size, 0)).toHaveLength(1)
  })
})
