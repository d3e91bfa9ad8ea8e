import type { Bbox } from '../api/types'
import { mercator } from './rings'

export interface Camera {
  lng: number
  lat: number
  zoom: number
}

/** What covers a map at its edges, in CSS pixels. */
export interface Insets {
  top: number
  right: number
  bottom: number
  left: number
}

export interface Size {
  width: number
  height: number
}

/** Pixels of the world at zoom 0, as MapLibre counts zooms. */
const WORLD = 512

const longitude = (x: number) => x * 360 - 180
const latitude = (y: number) => (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI

/** The camera that shows a box between the insets: that of MapLibre's fitBounds. */
export function fitCamera([west, south, east, north]: Bbox, { width, height }: Size, insets: Insets, maxZoom: number): Camera {
  const [x0, y0] = mercator(west, north)
  const [x1, y1] = mercator(east, south)
  const [w, h] = [width - insets.left - insets.right, height - insets.top - insets.bottom]
  const zoom = Math.min(maxZoom, Math.log2(Math.min(w / (x1 - x0), h / (y1 - y0)) / WORLD))
  const world = WORLD * 2 ** zoom
  return {
    lng: longitude((x0 + x1) / 2 - (insets.left - insets.right) / 2 / world),
    lat: latitude((y0 + y1) / 2 - (insets.top - insets.bottom) / 2 / world),
    zoom,
  }
}

/** A tile and where its upper left corner and its sides are on the screen, in CSS pixels. */
export interface PlacedTile {
  z: number
  x: number
  y: number
  left: number
  top: number
  side: number
}

/** The tiles of a zoom that a camera sees. */
export function tilesOf(camera: Camera, { width, height }: Size, z: number): PlacedTile[] {
  const [cx, cy] = mercator(camera.lng, camera.lat)
  const count = 2 ** z
  const side = WORLD * 2 ** (camera.zoom - z)
  const [left, top] = [width / 2 - cx * count * side, height / 2 - cy * count * side]
  const range = (start: number, end: number) => {
    const [from, to] = [Math.max(0, Math.floor(start / side)), Math.min(count - 1, Math.ceil(end / side) - 1)]
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)
  }
  return range(-top, height - top).flatMap((y) => range(-left, width - left).map((x) => ({ z, x, y, left: left + x * side, top: top + y * side, side })))
}
