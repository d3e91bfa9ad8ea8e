import { describe, expect, it } from 'vitest'
import type { PlaybackAnswer } from '../api/types'
import { frameTable } from './frames'

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
})
