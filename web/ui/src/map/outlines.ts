import type { Map } from 'maplibre-gl'
import { mercator, polygonsOf, type Ring, type Shape } from '../geo/rings'
import type { Raster } from './raster'

/** Polygons of a source's tiles as they are loaded, each with the place it is a part of. */
export interface Outlines {
  /** Fills them as the map's camera sees them; the value of a place's pixels is its number in the list of ids + 1. */
  draw(map: Map, raster: Raster): void
}

interface Outline {
  value: number
  /** Web Mercator in [0, 1), x and y alternating. */
  points: Float64Array
  ends: number[]
}

function outlineOf(rings: Ring[], value: number): Outline {
  const ends: number[] = []
  let end = 0
  for (const ring of rings) ends.push((end += 2 * ring.length))
  return { value, ends, points: Float64Array.from(rings.flat().flatMap(([lng, lat]) => mercator(lng, lat))) }
}

/** The outlines of the places in the list; others have none. */
export function outlinesOf(map: Map, source: string, sourceLayer: string, ids: readonly string[]): Outlines {
  const valueOf = new globalThis.Map(ids.map((id, i) => [id, i + 1]))
  const outlines: Outline[] = []
  for (const { properties, geometry } of map.querySourceFeatures(source, { sourceLayer })) {
    const value = valueOf.get(String(properties.id))
    if (value === undefined || !geometry.type.endsWith('Polygon')) continue
    for (const rings of polygonsOf(geometry as Shape)) outlines.push(outlineOf(rings, value))
  }
  return {
    draw(map, raster) {
      const affine = affineOf(map, raster)
      for (const o of outlines) drawOutline(o, affine, raster)
    },
  }
}

/** From Web Mercator to the pixels of a canvas: the map is never turned or tilted. */
interface Affine {
  scale: number
  x: number
  y: number
}

function affineOf(map: Map, raster: Raster): Affine {
  const center = map.getCenter()
  const [mx, my] = mercator(center.lng, center.lat)
  const at = map.project(center)
  const ratio = raster.width / map.getContainer().clientWidth
  const scale = 512 * 2 ** map.getZoom() * ratio
  return { scale, x: at.x * ratio - mx * scale, y: at.y * ratio - my * scale }
}

function drawOutline({ points, ends, value }: Outline, { scale, x, y }: Affine, raster: Raster): void {
  const pixels = new Float64Array(points.length)
  for (let i = 0; i < points.length; i += 2) {
    pixels[i] = points[i]! * scale + x
    pixels[i + 1] = points[i + 1]! * scale + y
  }
  raster.fill(pixels, ends, value)
}
