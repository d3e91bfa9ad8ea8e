import type { Map } from 'maplibre-gl'
import { describe, expect, it } from 'vitest'
import type { PlaybackAnswer } from '../api/types'
import { createFrames, frameTable } from './frames'

const answer: PlaybackAnswer = {
  layer: 'hex',
  step: 'week',
  steps: ['2025-01-06', '2025-01-13', '2025-01-20'],
  ids: ['a', 'b'],
  counts: [[0, 1, 9], [2, 2, 0]],
  breaks: [2, 5],
  colors: { dark: [], light: [] },
}

describe('frames', () => {
  it('give each place and step its class, and none where nothing happened', () => {
    expect([...frameTable(answer).classes]).toEqual([0, 1, 3, 2, 2, 0])
  })
  it('tell only the places whose class changes', () => {
    const told: [string, number][] = []
    // The two methods of a map that frames use.
    const map = {
      getSource: () => ({}),
      removeFeatureState: () => told.push(['all', 0]),
      setFeatureState: (at: { id: string }, state: { step: number }) => told.push([at.id, state.step]),
    } as unknown as Map
    const frames = createFrames(map)
    const table = frameTable(answer)
    const show = (step: number, source = 's') => {
      told.length = 0
      frames.show({ source, sourceLayer: 'hex' }, table, step)
      return [...told]
    }
    expect(show(0)).toEqual([['b', 2]])
    expect(show(1)).toEqual([['a', 1]])
    expect(show(2)).toEqual([['a', 3], ['b', 0]])
    expect(show(2)).toEqual([])
    expect(show(2, 'other')).toEqual([['all', 0], ['a', 3]])
  })
})
