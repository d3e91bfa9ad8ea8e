import type { Map, MapGeoJSONFeature } from 'maplibre-gl'
import type { Layer } from '../api/types'
import { contains } from '../geo/rings'
import { dataSource, fillLayer } from './layers'
import type { MapController } from './controller'

/** What lies under the pointer. */
export interface Under {
  x: number
  y: number
  id: string
  name: string
  /** Null where the value is unknown or suppressed. */
  value: number | null
  suppressed: boolean
  count: number
  population: number
  outside: boolean
}

/** The feature of a layer at a point of the screen, or null. */
export function featureAt(control: MapController, layer: Layer, x: number, y: number): Under | null {
  const { map } = control
  if (!map.getLayer(fillLayer(layer))) return null
  const feature = map.queryRenderedFeatures([x, y], { layers: [fillLayer(layer)] })[0]
  return feature ? under(feature, control, x, y) : null
}

function under(feature: MapGeoJSONFeature, control: MapController, x: number, y: number): Under {
  const p = feature.properties
  const { lng, lat } = control.map.unproject([x, y])
  const shape = control.focus()?.geometry
  return {
    x,
    y,
    id: String(p.id ?? feature.id),
    name: typeof p.name === 'string' ? p.name : '',
    value: typeof p.value === 'number' ? p.value : null,
    suppressed: p.suppressed === true,
    count: Number(p.count ?? 0),
    population: Number(p.population ?? 0),
    outside: shape !== undefined && !contains(shape, lng, lat),
  }
}

/** Keeps the hover outline on one feature at a time. */
export function createHoverOutline(map: Map): (layer: Layer, id: string | null) => void {
  let last: { source: string; sourceLayer: string; id: string } | null = null
  return (layer, id) => {
    const source = dataSource(layer)
    if (last && last.id === id && last.source === source) return
    if (last && map.getSource(last.source)) map.setFeatureState(last, { hover: false })
    last = id === null ? null : { source, sourceLayer: layer, id }
    if (last && map.getSource(source)) map.setFeatureState(last, { hover: true })
  }
}
