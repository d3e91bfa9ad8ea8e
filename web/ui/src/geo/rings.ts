export type Ring = [number, number][]
export type Shape = GeoJSON.Polygon | GeoJSON.MultiPolygon

/** Polygons of a shape, each a list of rings with the outer one first. */
export function polygonsOf(shape: Shape): Ring[][] {
  return (shape.type === 'Polygon' ? [shape.coordinates] : shape.coordinates) as Ring[][]
}

/** Whether a point lies in a shape (even-odd rule, so holes are outside). */
export function contains(shape: Shape, lng: number, lat: number): boolean {
  let inside = false
  for (const ring of polygonsOf(shape).flat()) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [xi, yi] = ring[i]!
      const [xj, yj] = ring[j]!
      if (yi > lat !== yj > lat && lng < ((xj - xi) * (lat - yi)) / (yj - yi) + xi) inside = !inside
    }
  }
  return inside
}

/** The world without a shape: what the map dims while it is drilled into an area. */
export function outsideOf(shape: Shape): GeoJSON.Feature<GeoJSON.Polygon> {
  const world: Ring = [[-180, -85], [180, -85], [180, 85], [-180, 85], [-180, -85]]
  const holes = polygonsOf(shape).map((rings) => rings[0]!)
  return { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [world, ...holes] } }
}

/** Web Mercator in [0, 1), y down. */
export function mercator(lng: number, lat: number): [x: number, y: number] {
  const s = Math.sin((lat * Math.PI) / 180)
  return [(lng + 180) / 360, 0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)]
}
