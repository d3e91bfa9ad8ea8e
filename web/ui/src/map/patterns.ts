import type { Map } from 'maplibre-gl'
import { PALETTES, type Theme } from './palette'

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

/** Colours of the four levels with what is written on them, lowest first. */
const LEVELS = [
  ['Ⅳ', '#2F80ED', '#0B1220'],
  ['Ⅲ', '#F2C94C', '#0B1220'],
  ['Ⅱ', '#F2803A', '#0B1220'],
  ['Ⅰ', '#D7263D', '#FFFFFF'],
] as const
const BADGE = 44

/** Draws the numerals of the levels, `level-1` to `level-4`, and for each a hatch that is denser the more serious it is. */
export function addLevels(map: Map): void {
  LEVELS.forEach(([numeral, colour, ink], i) => {
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = BADGE
    const c = canvas.getContext('2d')!
    c.fillStyle = colour
    c.strokeStyle = '#0B1220'
    c.lineWidth = 3
    c.beginPath()
    c.arc(BADGE / 2, BADGE / 2, BADGE / 2 - 2, 0, 2 * Math.PI)
    c.fill()
    c.stroke()
    c.fillStyle = ink
    c.font = '600 24px "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif'
    c.textAlign = 'center'
    c.textBaseline = 'middle'
    c.fillText(numeral, BADGE / 2, BADGE / 2 + 1)
    map.addImage(`level-${i + 1}`, c.getImageData(0, 0, BADGE, BADGE), { pixelRatio: 2 })
    const gap = 16 >> i
    const lines: Ink = (x, y) => gap > 2 ? (x + y) % gap < 1 : (x + y) % 4 < 1 || (x - y + SIZE) % 4 < 1
    map.addImage(`level-hatch-${i + 1}`, image(lines, [11, 18, 32]), { pixelRatio: 2 })
  })
}
