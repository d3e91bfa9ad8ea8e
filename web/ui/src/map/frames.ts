import type { Map } from 'maplibre-gl'
import type { PlaybackAnswer } from '../api/types'

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

export interface Frames {
  /** Colours a source's places as they are in a step. */
  show(at: Place, table: FrameTable, step: number): void
  /** The field was coloured anew: its places are told again when its tiles are. */
  hold(): void
  clear(): void
}

interface Place {
  source: string
  sourceLayer: string
}

/**
 * Moves a field through the steps of a playback by the state of its features:
 * no tile is asked for or laid out again. Only places whose class changes are
 * told, which is what makes thousands of them move fluently. While tiles are
 * laid out anew for another colouring they lose what they are told, so that
 * waits until the map stands still.
 */
export function createFrames(map: Map): Frames {
  let table: FrameTable | null = null
  let source = ''
  /** Class of each place as it was told; UNTOLD for none. */
  let shown = new Uint8Array()
  let wanted: [at: Place, table: FrameTable, step: number] | null = null
  let holding = false

  function tell(at: Place, next: FrameTable, step: number): void {
    if (table !== next || source !== at.source) {
      if (source && map.getSource(source)) map.removeFeatureState({ source, sourceLayer: at.sourceLayer })
      table = next
      source = at.source
      shown = new Uint8Array(next.ids.length)
    }
    const { ids, classes, steps } = next
    for (let i = 0; i < ids.length; i++) {
      const value = classes[i * steps.length + step]!
      if (value === shown[i]) continue
      shown[i] = value
      map.setFeatureState({ ...at, id: ids[i]! }, { step: value })
    }
  }

  return {
    show(at, next, step) {
      wanted = [at, next, step]
      if (!holding) tell(...wanted)
    },
    hold() {
      if (holding) return
      holding = true
      map.once('idle', () => {
        holding = false
        shown.fill(UNTOLD)
        if (wanted) tell(...wanted)
      })
      map.triggerRepaint()
    },
    clear() {
      wanted = null
      table = null
      source = ''
    },
  }
}

const UNTOLD = 255
