import type { Spot } from '../../../api/types'

/** Rings that lie closer together than this, in units, are one to the eye. */
const APART = 56
const MOST = 10

export interface Ring {
  id: string
  rank: number
  x: number
  y: number
  center: [number, number]
}

/** The strongest hot spots that can be told apart where they lie on the screen. */
export function ringsOf(spots: readonly Spot[], project: (at: [number, number]) => { x: number; y: number }, unit: number, inside: { left: number; top: number; right: number; bottom: number }): Ring[] {
  const rings: Ring[] = []
  for (const s of spots) {
    if (!s.class.includes('hot')) continue
    const { x, y } = project(s.center)
    if (x < inside.left || y < inside.top || x > inside.right || y > inside.bottom) continue
    if (rings.some((r) => Math.hypot(r.x - x, r.y - y) < APART * unit)) continue
    rings.push({ id: s.id, rank: rings.length + 1, x, y, center: s.center })
    if (rings.length === MOST) break
  }
  return rings
}
