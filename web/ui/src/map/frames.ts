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
  show(at: { source: string; sourceLayer: string }, table: FrameTable, step: number): void
  clear(): void
}

/**
 * Moves a field through the steps of a playback by the state of its features:
 * no tile is asked for or laid out again. Only places whose class changes are
 * told, which is what makes thousands of them move fluently.
 */
export function createFrames(map: Map): Frames {
  let table: FrameTable | null = null
  let source = ''
  let shown = new Uint8Array()

  return {
    show(at, next, step) {
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
    },
    clear() {
      table = null
      source = ''
    },
  }
}
