import { describe, expect, test, vi } from 'vitest'
import type { Result } from './api'
import { breaksOf, cellOf, placeColumns, shapesOf, sumBy } from './shapes'

const result = (columns: [string, string][], rows: unknown[][]): Result => ({ columns: columns.map(([name, type]) => ({ name, type })), rows, row_count: rows.length, row_limit: 1000 })

describe('places of a result', () => {
  test('a cell is told by its text and by its decimal number', () => {
    expect(cellOf('8814a56e3bfffff')).toBe('8814a56e3bfffff')
    expect(cellOf(BigInt('0x8814a56e3bfffff').toString())).toBe('8814a56e3bfffff')
    for (const other of ['990101100000', 12, null, '2026-01-01', '']) expect(cellOf(other)).toBe(null)
  })
  test('a column of day, count and name holds none; one of codes and one of cells do', () => {
    const r = result([['day', 'Date'], ['township', 'String'], ['cell', 'String'], ['n', 'UInt64']], [['2026-01-01', '990101100000', '8814a56e3bfffff', 3]])
    expect(placeColumns(r)).toEqual([{ at: 1, kind: 'area' }, { at: 2, kind: 'cell' }])
  })
  test('rows of one place are summed', () => {
    const r = result([['a', 'String'], ['n', 'UInt64']], [['x', 1], ['y', '2'], ['x', 3], ['z', null]])
    expect([...sumBy(r, 0, 1)]).toEqual([['x', 4], ['y', 2], ['z', 0]])
  })
  test('shapes of a level are read to their last page', async () => {
    const pages: Record<string, unknown> = {
      '/v1/areas?level=grid&geometry=1': { areas: [{ code: '1' }, { code: '2' }], next_after: '2' },
      '/v1/areas?level=grid&geometry=1&after=2': { areas: [{ code: '3' }], next_after: null },
    }
    const asked = vi.spyOn(globalThis, 'fetch').mockImplementation((path) => Promise.resolve(Response.json(pages[String(path)])))
    expect((await shapesOf('grid')).map((a) => a.code)).toEqual(['1', '2', '3'])
    expect(asked).toHaveBeenCalledTimes(2)
    asked.mockRestore()
  })
  test('breaks rise strictly and leave out what all values share', () => {
    expect(breaksOf([1, 1, 1, 1])).toEqual([])
    expect(breaksOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toEqual([3, 5, 7, 9])
    expect(breaksOf([])).toEqual([])
  })
})
