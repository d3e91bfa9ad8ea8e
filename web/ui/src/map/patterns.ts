import type { Map } from 'maplibre-gl'
import { PALETTES } from './palette'
import type { Theme } from '../store/view'

const SIZE = 16

type Ink = (x: number, y: number) => boolean
const hatch: Ink = (x, y) => (x + y) % 8 < 2
const dot: Ink = (x, y) => (x - 8) ** 2 + (y - 8) ** 2 <= 6

function image(ink: Ink, [r, g, b]: [number, number, number]): { width: number; height: number; data: Uint8Array } {
  const data = new Uint8Array(SIZE * SIZE * 4)
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      if (ink(x, y)) data.set([r, g, b, 255], (y * SIZE + x) * 4)
    }
  }
  return { width: SIZE, height: SIZE, data }
}

/** Draws the looks of “unknown” (hatch) and “suppressed” (dot) for each theme, once. */
export function addPatterns(map: Map): void {
  for (const theme of ['dark', 'light'] as Theme[]) {
    const { pattern } = PALETTES[theme]
    map.addImage(`hatch-${theme}`, image(hatch, pattern), { pixelRatio: 2 })
    map.addImage(`dot-${theme}`, image(dot, pattern), { pixelRatio: 2 })
  }
}
