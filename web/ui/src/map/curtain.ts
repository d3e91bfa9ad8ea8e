import type { Map } from 'maplibre-gl'

/** Share of the screen's resolution at which a map is drawn that nobody sees yet. */
export const UNSEEN_RATIO = 1 / 8
/** Such a map is drawn at most so often. */
const UNSEEN_MS = 50
/** A map that takes longer is shown as it comes. */
const PATIENCE_MS = 1500

/**
 * Hides a map until all that it shows first is in. It comes in twenty frames,
 * of which each takes a fifth of a second without a graphics card: unseen they
 * are drawn small and seldom, and nothing flickers. The map is to be made with
 * UNSEEN_RATIO. Fulfilled when it is drawn as the screen has it.
 */
export function raiseWhenDrawn(map: Map, drawn: () => boolean): Promise<void> {
  const { style } = map.getCanvas()
  const often = drawSeldom(map)
  style.visibility = 'hidden'
  let raised: Promise<void> | null = null
  function raise(): Promise<void> {
    clearTimeout(patience)
    often()
    const seen = new Promise<void>((done) => {
      map.once('render', () => {
        style.visibility = ''
        done()
      })
    })
    // As the screen has it, also when that changes.
    map.setPixelRatio(undefined as unknown as number)
    map.triggerRepaint()
    return seen
  }
  const patience = setTimeout(() => (raised = raise()), PATIENCE_MS)
  return new Promise((done) => {
    const check = () => {
      if (!drawn()) return
      map.off('idle', check)
      done((raised ??= raise()))
    }
    map.on('idle', check)
    map.triggerRepaint()
  })
}

/** Lets a map be drawn only every UNSEEN_MS; what it gives back ends that. */
function drawSeldom(map: Map): () => void {
  const repaint = map.triggerRepaint
  const canvas = map.getCanvas()
  const gl = canvas.getContext('webgl2') ?? canvas.getContext('webgl')
  const flush = () => gl?.flush()
  map.on('render', flush)
  let last = 0
  let waiting = 0
  map.triggerRepaint = () => {
    if (waiting) return
    const now = performance.now()
    waiting = window.setTimeout(() => {
      waiting = 0
      last = performance.now()
      repaint.call(map)
    }, Math.max(0, last + UNSEEN_MS - now))
  }
  return () => {
    clearTimeout(waiting)
    map.off('render', flush)
    map.triggerRepaint = repaint
  }
}
