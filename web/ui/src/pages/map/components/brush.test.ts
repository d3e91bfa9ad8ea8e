import { describe, expect, it } from 'vitest'
import { dayAt, moveGrip, place, stepFor } from './brush'

const domain = { from: '2025-01-01', to: '2025-04-11' } // 100 days

describe('the brush', () => {
  it('takes a day back to where it was put', () => {
    for (const day of ['2025-01-01', '2025-02-28', '2025-04-11']) expect(dayAt(place(day, domain), domain)).toBe(day)
  })
  it('keeps a handle at least one day from the other and inside the data', () => {
    const w = { from: '2025-02-01', to: '2025-02-11' }
    expect(moveGrip(w, 'from', 99, domain)).toEqual({ from: '2025-02-10', to: '2025-02-11' })
    expect(moveGrip(w, 'from', -99, domain)).toEqual({ from: '2025-01-01', to: '2025-02-11' })
    expect(moveGrip(w, 'to', -99, domain)).toEqual({ from: '2025-02-01', to: '2025-02-02' })
    expect(moveGrip(w, 'to', 999, domain)).toEqual({ from: '2025-02-01', to: '2025-04-11' })
  })
  it('moves the whole window without changing its length', () => {
    const w = { from: '2025-02-01', to: '2025-02-11' }
    expect(moveGrip(w, 'window', 7, domain)).toEqual({ from: '2025-02-08', to: '2025-02-18' })
    expect(moveGrip(w, 'window', 999, domain)).toEqual({ from: '2025-04-01', to: '2025-04-11' })
    expect(moveGrip(w, 'window', -999, domain)).toEqual({ from: '2025-01-01', to: '2025-01-11' })
  })
  it('does not push a window that reaches beyond the data', () => {
    const w = { from: '2024-12-01', to: '2025-02-01' }
    expect(moveGrip(w, 'window', -5, domain)).toEqual(w)
    expect(moveGrip(w, 'to', 1, domain)).toEqual({ from: '2024-12-01', to: '2025-02-02' })
  })
  it('takes steps wide enough to see', () => {
    expect([30, 400, 2000].map(stepFor)).toEqual(['day', 'week', 'month'])
  })
})
