import type { Map } from 'maplibre-gl'
import type { PlaybackAnswer } from '../api/types'
import { liftLayer, type Lifted } from './lift'
import { outlinesOf, type Outlines } from './outlines'
import { createRaster, type Raster } from './raster'

/** A playback made ready to draw: for each place and step its class, 0 for nothing. */
export interface FrameTable {
  ids: string[]
  steps: string[]
  /** By place, then by step. */
  classes: Uint8Array
  colors: { dark: string[]; light: string[] }
}

export function frameTable(answer: PlaybackAnswer): FrameTable {
  const { ids, steps, counts, breaks, colors } = answer
  const classes = new Uint8Array(ids.length * steps.length)
  counts.forEach((row, i) =>
    row.forEach((n, j) => {
      if (n > 0) classes[i * steps.length + j] = 1 + breaks.filter((b) => n >= b).length
    }),
  )
  return { ids, steps, classes, colors }
}

/** Where a field's places come from and how a step of them is coloured. */
export interface FrameLook {
  source: string
  sourceLayer: string
  table: FrameTable
  step: number
  theme: 'dark' | 'light'
  /** Lets what lies below shine through. */
  sheer: boolean
}

export interface Frames {
  /** Shows the places of a source as they are in a step. */
  show(look: FrameLook): void
  clear(): void
  /** What lies below the map's own canvas while steps are shown; null while none are. */
  canvas(): HTMLCanvasElement | null
}

/**
 * Moves a field through the steps of a playback on a canvas of its own, below
 * that of the map, which is not drawn again with each step: without a graphics
 * card that takes a third of a second, this a few milliseconds. Which place a
 * pixel belongs to is found out once for a camera; a step then is a colour for
 * each place. The map leaves out what lies below its layer `before`, where the
 * field would be, and hands it over (lift): ground and base map are drawn here.
 */
export function createFrames(map: Map, before: string): Frames {
  const canvas = document.createElement('canvas')
  Object.assign(canvas.style, { position: 'absolute', top: '0', left: '0' })
  const context = canvas.getContext('2d', { alpha: false })!
  let look: FrameLook | null = null
  let outlines: Outlines | null = null
  let stale = true
  let plane: Plane | null = null
  let below: Lifted | null = null

  function place(): void {
    if (!look || !below || !map.getSource(look.source)) return
    const { width, height } = below
    if (canvas.width !== width || canvas.height !== height || !plane) {
      Object.assign(canvas, { width, height })
      const { style } = map.getCanvas()
      Object.assign(canvas.style, { width: style.width, height: style.height })
      plane = createPlane(width, height)
    }
    // Until the tiles are in, what is there of them stays.
    if (!outlines || (stale && map.isSourceLoaded(look.source))) {
      outlines = outlinesOf(map, look.source, look.sourceLayer, look.table.ids)
      stale = !map.isSourceLoaded(look.source)
    }
    plane.place(map, outlines, below)
    paint()
  }
  function paint(): void {
    // Numbers of other places are on the plane until it is placed anew.
    if (look && plane && outlines) context.putImageData(plane.paint(look), 0, 0)
  }

  map.addLayer(liftLayer('lift', () => look !== null, (lifted) => (below = lifted)), before)
  map.on('sourcedata', (e) => {
    if (e.sourceId === look?.source) stale = true
  })
  map.on('render', place)

  return {
    show(now) {
      const other = now.table !== look?.table || now.source !== look.source
      const anew = other || now.theme !== look?.theme || now.sheer !== look.sheer
      look = now
      if (!canvas.isConnected) map.getCanvas().before(canvas)
      if (other) outlines = null
      if (anew) map.triggerRepaint()
      else paint()
    },
    clear() {
      if (!look) return
      look = outlines = plane = below = null
      canvas.remove()
      map.triggerRepaint()
    },
    canvas: () => (look ? canvas : null),
  }
}

/** The pixels of a canvas: whose each is, and what lies below. */
interface Plane {
  place(map: Map, outlines: Outlines, below: Lifted): void
  paint(look: FrameLook): ImageData
}

function createPlane(width: number, height: number): Plane {
  const raster: Raster = createRaster(width, height)
  const ground = new Uint32Array(width * height)
  const image = new ImageData(width, height)
  const pixels = new Uint32Array(image.data.buffer)
  let drawn: Outlines | null = null
  let camera = ''
  return {
    place(map, outlines, { pixels: below }) {
      for (let y = 0; y < height; y++) ground.set(below.subarray((height - 1 - y) * width, (height - y) * width), y * width)
      // The map is drawn for other reasons too, such as the outline under the pointer.
      const now = [...map.getCenter().toArray(), map.getZoom()].join()
      if (drawn === outlines && camera === now) return
      ;[drawn, camera] = [outlines, now]
      raster.clear()
      outlines.draw(map, raster)
    },
    paint(look) {
      const colours = coloursOf(look)
      const { index } = raster
      if (look.sheer) for (let i = 0; i < pixels.length; i++) pixels[i] = shine(colours[index[i]!]!, ground[i]!)
      else for (let i = 0; i < pixels.length; i++) pixels[i] = colours[index[i]!]! || ground[i]!
      return image
    },
  }
}

/** Three parts of a colour, one of what it lies on. */
const shine = (colour: number, ground: number) => (colour === 0 ? ground : 3 * ((colour >>> 2) & 0x3f3f3f3f) + ((ground >>> 2) & 0x3f3f3f3f))

/** Colour of each value of the raster in a step, as the pixels of an image have it; 0 for none. */
function coloursOf({ table, step, theme }: FrameLook): Uint32Array {
  const { ids, steps, classes } = table
  const palette = [0, ...table.colors[theme].map(pixelOf)]
  const colours = new Uint32Array(ids.length + 1)
  for (let i = 0; i < ids.length; i++) colours[i + 1] = palette[classes[i * steps.length + step]!] ?? 0
  return colours
}

/** '#RRGGBB' as the four bytes R, G, B, A of a pixel. */
function pixelOf(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16)) as [number, number, number]
  return new Uint32Array(Uint8Array.of(r, g, b, 255).buffer)[0]!
}
