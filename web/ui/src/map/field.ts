import type { Map } from 'maplibre-gl'
import type { Legend } from '../api/types'
import { fieldLayers, syncLayers, type FieldLook } from './layers'

/** A field on the map: one source of tiles, its layers and the legend they are coloured by. */
export interface Field {
  /** Id of the source; its layers begin with it. */
  id: string
  url: string
  legend: Legend
}

export interface Fields {
  /** The field in sight; null before the first. */
  current(): Field | null
  /** Whether the field in sight is the one last asked for, with all its tiles. */
  settled(): boolean
  /** Brings a field into sight. `anew` asks for its tiles again. */
  show(legend: Legend, url: string, zooms: { minzoom: number; maxzoom: number }, look: FieldLook, anew: boolean): void
  /** Colours what is there by another theme, another place picked. */
  paint(look: FieldLook): void
  /** Takes everything off the map. */
  clear(): void
}

/**
 * Keeps one field in sight and at most one on its way. The next field loads
 * unseen and takes the other's place in one frame when its tiles are in, so
 * nothing flickers and no colour stands for a value of another legend.
 * `name` begins the ids of its sources; `swapped` hears of a new field in sight.
 * MapLibre's setTiles is not used: a change of colour at the same time can
 * make it keep the old tiles.
 */
export function createFields(map: Map, before: string, name = 'field', swapped: () => void = () => undefined): Fields {
  let current: Field | null = null
  let next: Field | null = null
  let made = 0
  let look: FieldLook = { theme: 'dark', picked: '', playing: false, sheer: false }

  function draw(field: Field): void {
    const seen = field !== next || current === null
    syncLayers(map, fieldLayers(field.id, field.legend, look, seen), before)
  }
  function drop(field: Field | null): void {
    if (!field) return
    for (const l of map.getStyle().layers) if ('source' in l && l.source === field.id) map.removeLayer(l.id)
    if (map.getSource(field.id)) map.removeSource(field.id)
  }
  function swapWhenLoaded(field: Field): void {
    const check = () => {
      if (next !== field) return map.off('render', check)
      if (!map.isSourceLoaded(field.id)) return
      map.off('render', check)
      const old = current
      current = field
      next = null
      draw(field)
      swapped()
      drop(old)
    }
    map.on('render', check)
    map.triggerRepaint()
  }

  return {
    current: () => current,
    settled: () => current !== null && next === null && map.isSourceLoaded(current.id),
    show(legend, url, zooms, now, anew) {
      look = now
      const same = [next, current].find((f) => f?.url === url)
      if (same && !anew) {
        if (same === current) {
          drop(next)
          next = null
        }
        same.legend = legend
        return draw(same)
      }
      drop(next)
      const field = { id: `${name}-${++made}`, url, legend }
      next = field
      map.addSource(field.id, { type: 'vector', tiles: [url], ...zooms, promoteId: 'id' })
      draw(field)
      if (current) return swapWhenLoaded(field)
      current = field
      next = null
      swapped()
    },
    paint(now) {
      look = now
      if (current) draw(current)
      if (next) draw(next)
    },
    clear() {
      drop(next)
      drop(current)
      next = current = null
    },
  }
}
