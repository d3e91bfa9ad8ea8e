import type { Layer, Level } from '../../../api/types'
import type { View } from './view'

/** The layer that shows the parts of an area; null where there is nothing finer. */
export function childLayer(level: Level): Layer | null {
  if (level === 'county') return 'township'
  if (level === 'township') return 'village'
  return level === 'village' ? 'grid' : null
}

/** What changes when an area is opened: the finest level is only told about. */
export function drillInto(view: View, area: { code: string; level: Level; parent: string }): Partial<View> {
  const picked = { kind: 'area', code: area.code } as const
  const parts = childLayer(area.level)
  if (parts === null) return { picked, ...(view.layer === 'hex' || view.area === area.parent ? {} : { area: area.parent, camera: null }) }
  const layer = view.layer === 'hex' ? 'hex' : parts
  return { picked, area: area.code, layer, camera: null }
}

/**
 * What changes one step up: first the panel of a place inside the area closes,
 * then the area gives way to its parent. `areaOf` tells level and parent.
 * Null at the top.
 */
export function stepUp(
  view: View,
  areaOf: (code: string) => { level: Level; parent: string } | undefined,
): Partial<View> | null {
  const own = view.picked?.kind === 'area' && view.picked.code === view.area
  if (view.picked && !own) return { picked: null }
  if (!view.area) return view.picked ? { picked: null } : null
  const area = areaOf(view.area)
  const parent = area?.parent ? areaOf(area.parent) : undefined
  const top = !area || !parent || parent.level === 'county'
  const layer = view.layer === 'hex' || !area || area.level === 'county' ? view.layer : area.level
  return { picked: null, area: top ? '' : area.parent, layer, camera: null }
}
