import { getJson } from '../../../api/client'
import type { TileJson } from '../../../api/types'
import { createTileDesk, type TileDesk } from '../../../map/desk'

/** Where the tiles of a layer are. */
export interface Tiles {
  /** The zooms a layer has; asked for once. */
  zooms(layer: string): Promise<TileJson>
  /** Address of a layer's tiles for a selection, with {z}, {x} and {y} in it. */
  url(layer: string, query: string): string
  desk: TileDesk
}

export function createTiles(version: () => number): Tiles {
  const asked: Partial<Record<string, Promise<TileJson>>> = {}
  return {
    // Only the zooms of the TileJSON: the addresses in it are of its own selection.
    zooms: (layer) =>
      (asked[layer] ??= getJson<TileJson>(`/v1/tiles/${layer}.json`).then(
        ({ minzoom, maxzoom }) => ({ minzoom, maxzoom }),
        () => {
          delete asked[layer]
          return { minzoom: 0, maxzoom: 14 }
        },
      )),
    url: (layer, query) => `${location.origin}/v1/tiles/${layer}/{z}/{x}/{y}.mvt?${query}${query ? '&' : ''}v=${version()}`,
    desk: createTileDesk(),
  }
}
