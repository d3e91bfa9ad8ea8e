import type { AddProtocolAction, RequestTransformFunction } from 'maplibre-gl'
import { ApiError } from '../api/client'

/**
 * Tiles that the page asked for before the map was there, kept until the map
 * asks for them: none is asked for twice.
 */
export interface TileDesk {
  fetch(url: string): Promise<ArrayBuffer>
  /** Sends the map here for what lies here. */
  transform: RequestTransformFunction
  /** Hands over what lies here, once. */
  serve: AddProtocolAction
}

export const DESK = 'desk'

export function createTileDesk(): TileDesk {
  const tiles = new Map<string, Promise<ArrayBuffer>>()
  return {
    fetch(url) {
      const tile = load(url)
      tiles.set(url, tile)
      // Whoever waits for it hears of an error; the map asks itself.
      tile.catch(() => tiles.delete(url))
      // The map takes what it is given apart in another thread.
      return tile.then((data) => data.slice(0))
    },
    transform: (url) => (tiles.has(url) ? { url: `${DESK}://${url}` } : { url }),
    async serve({ url: address }) {
      const url = address.slice(DESK.length + 3)
      const data = await (tiles.get(url) ?? load(url))
      tiles.delete(url)
      return { data }
    },
  }
}

async function load(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url)
  if (!response.ok) throw new ApiError(`http_${response.status}`, response.status, response.statusText, '')
  return response.arrayBuffer()
}
