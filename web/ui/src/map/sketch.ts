import { VectorTile, type VectorTileFeature } from '@mapbox/vector-tile'
import Pbf from 'pbf'
import type { Legend } from '../api/types'
import { classIndex } from '../format/classes'
import type { PlacedTile, Size } from '../geo/camera'
import { PALETTES, STROKES, type Stroke, type Theme } from './palette'

/** A layer's tiles, and where they lie. */
export interface SketchLayer {
  name: string
  tiles: { at: PlacedTile; data: ArrayBuffer }[]
}

export interface SketchLook {
  legend: Legend
  theme: Theme
  zoom: number
}

/** County, field and townships on a plain canvas, as map/layers has them but for patterns and names. */
export function drawSketch(canvas: HTMLCanvasElement, { width, height }: Size, layers: { county: SketchLayer; field: SketchLayer; township: SketchLayer }, look: SketchLook): void {
  const ratio = window.devicePixelRatio || 1
  Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) })
  const context = canvas.getContext('2d', { alpha: false })!
  const ink = PALETTES[look.theme]
  const hex = look.legend.layer === 'hex'
  context.scale(ratio, ratio)
  context.fillStyle = ink.ground
  context.fillRect(0, 0, width, height)
  eachTile(context, layers.county, (features) => fill(context, outline(features), ink.county))
  eachTile(context, layers.field, (features) => {
    for (const [colour, alike] of byColour(features, look)) fill(context, outline(alike), colour)
    stroke(context, outline(features), hex ? ink.cellLine : ink.areaLine, hex ? STROKES.cell : STROKES.area, look.zoom)
  })
  eachTile(context, layers.township, (features) => stroke(context, outline(features), ink.boundary, STROKES.boundary, look.zoom))
}

/** A feature with its size in tile units; as many make a CSS pixel. */
type Placed = { feature: VectorTileFeature; scale: number; at: PlacedTile }

function eachTile(context: CanvasRenderingContext2D, { name, tiles }: SketchLayer, draw: (features: Placed[]) => void): void {
  for (const { at, data } of tiles) {
    const layer = new VectorTile(new Pbf(data)).layers[name]
    if (!layer) continue
    const features = Array.from({ length: layer.length }, (_, i) => ({ feature: layer.feature(i), scale: at.side / layer.extent, at }))
    // What a tile has beyond its edges belongs to its neighbours.
    context.save()
    context.beginPath()
    // On whole pixels: two tiles that share one would both leave it half bare.
    const [left, top] = [whole(at.left), whole(at.top)]
    context.rect(left, top, whole(at.left + at.side) - left, whole(at.top + at.side) - top)
    context.clip()
    draw(features)
    context.restore()
  }
}

const whole = (length: number) => Math.round(length * (window.devicePixelRatio || 1)) / (window.devicePixelRatio || 1)

function outline(features: Placed[]): Path2D {
  const path = new Path2D()
  for (const { feature, scale, at } of features) {
    for (const ring of feature.loadGeometry()) {
      ring.forEach(({ x, y }, i) => path[i === 0 ? 'moveTo' : 'lineTo'](at.left + x * scale, at.top + y * scale))
      path.closePath()
    }
  }
  return path
}

/** The features that have a colour, by it. */
function byColour(features: Placed[], { legend, theme }: SketchLook): Map<string, Placed[]> {
  const found = new Map<string, Placed[]>()
  for (const f of features) {
    const { value, count } = f.feature.properties
    if (typeof value !== 'number') continue
    const colour = legend.colors[theme][classIndex(value, Number(count ?? 0), legend)]
    if (!colour) continue
    const alike = found.get(colour)
    if (alike) alike.push(f)
    else found.set(colour, [f])
  }
  return found
}

function fill(context: CanvasRenderingContext2D, path: Path2D, colour: string): void {
  context.fillStyle = colour
  context.fill(path, 'evenodd')
}

function stroke(context: CanvasRenderingContext2D, path: Path2D, colour: string, { opacity, width }: Stroke, zoom: number): void {
  Object.assign(context, { strokeStyle: colour, globalAlpha: opacity, lineWidth: between(zoom, ...width) })
  context.stroke(path)
}

/** As MapLibre interpolates between two zooms. */
function between(zoom: number, from: number, low: number, to: number, high: number): number {
  const share = Math.min(1, Math.max(0, (zoom - from) / (to - from)))
  return low + share * (high - low)
}
