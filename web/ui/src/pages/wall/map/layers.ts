import type { ExpressionSpecification, LayerSpecification, Map } from 'maplibre-gl'
import type { Area } from '../../../api/types'
import type { Board } from '../types'

/** Width of a ring with its pulse and rank, in units. */
const ROOM = 52
const NO_COLOUR = 'rgba(0,0,0,0)'

/** Townships in the colour of their level, which is their features' state: a change asks for no tile. */
export function levelLayers(classes: Board['classes'], unit: number): LayerSpecification[] {
  const level = ['coalesce', ['feature-state', 'level'], 0]
  const colour = ['match', level, ...classes.flatMap((c) => [c.level, c.color]), NO_COLOUR] as unknown as ExpressionSpecification
  const common = { source: 'township', 'source-layer': 'township' }
  return [
    { id: 'level-fill', type: 'fill', ...common, paint: { 'fill-color': colour, 'fill-opacity': 0.3 } },
    { id: 'level-line', type: 'line', ...common, paint: { 'line-color': colour, 'line-width': 3 * unit, 'line-offset': 2 * unit } },
  ]
}

/** Sizes of what is written, which follow the wall's unit. */
export function scaleInk(map: Map, unit: number): void {
  map.setLayoutProperty('label-township', 'text-size', 17 * unit)
  map.setLayoutProperty('label-village', 'text-size', 14 * unit)
  map.setPaintProperty('township-line', 'line-width', 1.2 * unit)
  map.setPaintProperty('focus-line', 'line-width', 2 * unit)
  map.setLayoutProperty('badges', 'icon-size', 1.25 * unit)
  map.setLayoutProperty('badges', 'icon-offset', [0, -26])
  map.setLayoutProperty('spot-room', 'icon-size', unit)
}

/** Room that names leave for the rings of hot spots, which are drawn above the map. */
export function addSpotRoom(map: Map): void {
  map.addImage('room', { width: ROOM, height: ROOM, data: new Uint8Array(ROOM * ROOM * 4) })
  map.addSource('spots', { type: 'geojson', data: { type: 'FeatureCollection', features: [] } })
  map.addLayer({ id: 'spot-room', type: 'symbol', source: 'spots', layout: { 'icon-image': 'room', 'icon-allow-overlap': true, 'icon-ignore-placement': false } })
  map.setLayoutProperty('label-township', 'text-variable-anchor', ['center', 'bottom', 'top', 'left', 'right'])
  map.setLayoutProperty('label-township', 'text-radial-offset', 1.6)
}

/** Badges of the townships with a level. */
export function badgePoints(board: Board | null, townships: readonly Area[]): GeoJSON.FeatureCollection<GeoJSON.Point> {
  const at = new globalThis.Map(townships.map((a) => [a.code, a.center]))
  return {
    type: 'FeatureCollection',
    features: (board?.areas ?? []).flatMap((a) => {
      const center = a.level > 0 ? at.get(a.area) : undefined
      return center ? [{ type: 'Feature' as const, geometry: { type: 'Point' as const, coordinates: center }, properties: { level: a.level } }] : []
    }),
  }
}
