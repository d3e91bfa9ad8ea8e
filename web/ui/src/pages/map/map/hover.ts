import type { MapGeoJSONFeature } from 'maplibre-gl'
import { contains } from '../../../geo/rings'
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

/** The feature of the field in sight at a point of the screen, or null. */
export function featureAt(control: MapController, x: number, y: number): Under | null {
  const { map } = control
  const field = control.field(x)
  if (!field || !map.getLayer(`${field.id}-fill`)) return null
  const feature = map.queryRenderedFeatures([x, y], { layers: [`${field.id}-fill`] })[0]
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

/** Keeps the hover outline on one feature of the field in sight at a time. */
export function createHoverOutline(control: MapController): (id: string | null, x?: number) => void {
  const { map } = control
  let last: { source: string; sourceLayer: string; id: string } | null = null
  return (id, x) => {
    const field = control.field(x)
    if (last && last.id === id && last.source === field?.id) return
    if (last && map.getSource(last.source)) map.setFeatureState(last, { hover: false })
    last = id === null || !field ? null : { source: field.id, sourceLayer: field.legend.layer, id }
    if (last) map.setFeatureState(last, { hover: true })
  }
}
