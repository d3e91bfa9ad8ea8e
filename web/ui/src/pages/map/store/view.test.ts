import { describe, expect, it } from 'vitest'
import type { Freshness, Level } from '../../../api/types'
import { drillInto, stepUp } from './drill'
import { RATE_FLOOR, ratePer10k } from './figures'
import { settledFor, versionOf } from '../../../store/freshness'
import { stepsFor } from './playback'
import { previousWindow, selectionQuery, yearBefore } from './selection'
import { defaultView, formatView, parseView, type View } from './view'
import { dataDays, presetOf, presetWindow } from '../../../store/windows'

const full: View = {
  layer: 'village',
  measure: 'count',
  from: '2025-01-01',
  to: '2025-02-01',
  category: ['land', 'wage'],
  source: ['12345'],
  channel: ['online'],
  hours: [8, 9, 10],
  weekdays: [1, 2, 5],
  area: '990101102000',
  picked: { kind: 'area', code: '990101102201' },
  camera: { lng: 131.1, lat: 46.7, zoom: 9.25 },
  versus: { from: '2024-01-01', to: '2024-02-01' },
  swipe: 0.25,
  play: { step: 'week', at: '2025-01-06' },
  spots: true,
  base: false,
  lang: 'en',
  theme: 'light',
}

describe('the URL', () => {
  it('holds the whole view', () => {
    expect(parseView(`?${formatView(full)}`)).toEqual(full)
    const cell: View = { ...full, picked: { kind: 'cell', cell: '88149888a1fffff' } }
    expect(parseView(`?${formatView(cell)}`)).toEqual(cell)
  })
  it('leaves defaults out', () => {
    expect(formatView(defaultView())).toBe('')
    expect(parseView('')).toEqual(defaultView())
  })
  it('is readable', () => {
    expect(formatView(full)).toBe(
      'layer=village&from=2025-01-01&to=2025-02-01&category=land,wage&source=12345&channel=online&hours=8-11&weekdays=1-2,5' +
        '&area=990101102000&picked=990101102201&at=131.10000,46.70000,9.25' +
        '&vs=2024-01-01..2024-02-01&swipe=0.25&play=week.2025-01-06&spots=1&base=0&lang=en&theme=light',
    )
  })
  it('takes the default for what is wrong', () => {
    const view = parseView('?layer=moon&from=2025-02-30&to=x&at=400,0,9&hours=99&category=%3Cscript%3E&lang=fr&theme=pink&vs=2025-02-02..2025-02-01&swipe=2&play=hour&spots=yes')
    expect(view).toEqual(defaultView())
    expect(parseView('?from=2025-02-02&to=2025-02-01').from).toBe('')
    expect(parseView('?at=1,2').camera).toBeNull()
    expect(parseView('?at=,,').camera).toBeNull()
  })
})

describe('the selection', () => {
  it('has one text whatever the order it was made in', () => {
    const query = 'area=990101102000&category=land,wage&channel=online&from=2025-01-01&hours=8-11&measure=count&source=12345&to=2025-02-01&weekdays=1-2,5'
    expect(selectionQuery(full)).toBe(query)
  })
  it('leaves out a control’s own dimension', () => {
    expect(selectionQuery(full, { without: ['category', 'window', 'area'] }, { by: 'category' })).toBe(
      'by=category&channel=online&hours=8-11&measure=count&source=12345&weekdays=1-2,5',
    )
  })
  it('takes the window before, of the same length', () => {
    expect(previousWindow(full)).toEqual({ from: '2024-12-01', to: '2025-01-01' })
  })
  it('takes the same days a year before', () => {
    expect(yearBefore({ from: '2024-02-29', to: '2024-03-01' })).toEqual({ from: '2023-02-28', to: '2023-03-01' })
    expect(yearBefore({ from: '2025-01-01', to: '2025-02-01' })).toEqual({ from: '2024-01-01', to: '2024-02-01' })
  })
  it('is played in steps that it has several of', () => {
    expect(stepsFor({ from: '2025-01-01', to: '2025-01-02' })).toEqual([])
    expect(stepsFor({ from: '2025-01-01', to: '2025-01-08' })).toEqual(['day'])
    expect(stepsFor({ from: '2025-01-01', to: '2025-04-01' })).toEqual(['day', 'week', 'month'])
    expect(stepsFor({ from: '2023-01-01', to: '2025-01-01' })).toEqual(['week', 'month'])
  })
})

describe('windows', () => {
  const days = dataDays({ first_day: '2024-03-01', last_day: '2025-01-10', today: '2025-06-01' })
  it('end with the data, not with today', () => {
    expect(days).toEqual({ from: '2024-03-01', to: '2025-01-11' })
    expect(presetWindow('7', days)).toEqual({ from: '2025-01-04', to: '2025-01-11' })
    expect(presetWindow('year', days)).toEqual({ from: '2025-01-01', to: '2025-01-11' })
  })
  it('are recognised again', () => {
    for (const p of ['7', '30', '90', 'year', 'all'] as const) expect(presetOf(presetWindow(p, days), days)).toBe(p)
    expect(presetOf({ from: '2024-05-01', to: '2024-05-03' }, days)).toBeNull()
  })
  it('are one day where there are no data', () => {
    expect(dataDays({ first_day: null, last_day: null, today: '2025-06-01' })).toEqual({ from: '2025-06-01', to: '2025-06-02' })
  })
})

describe('drilling', () => {
  const tree: Record<string, { level: Level; parent: string }> = {
    C: { level: 'county', parent: '' },
    T: { level: 'township', parent: 'C' },
    V: { level: 'village', parent: 'T' },
    G: { level: 'grid', parent: 'V' },
  }
  const open = (view: View, code: string): View => ({ ...view, ...drillInto(view, { code, ...tree[code]! }) })
  const up = (view: View): View | null => {
    const change = stepUp(view, (c) => tree[c])
    return change && { ...view, ...change }
  }

  it('goes from the county to a grid in three steps and all the way back', () => {
    const start: View = { ...defaultView(), layer: 'township' }
    const township = open(start, 'T')
    expect(township).toMatchObject({ area: 'T', layer: 'village', picked: { code: 'T' }, camera: null })
    const village = open(township, 'V')
    expect(village).toMatchObject({ area: 'V', layer: 'grid' })
    const grid = open(village, 'G')
    expect(grid).toMatchObject({ area: 'V', layer: 'grid', picked: { code: 'G' } })

    const closed = up(grid)!
    expect(closed).toMatchObject({ area: 'V', picked: null })
    const inTownship = up(closed)!
    expect(inTownship).toMatchObject({ area: 'T', layer: 'village' })
    const top = up(inTownship)!
    expect(top).toMatchObject({ area: '', layer: 'township' })
    expect(up(top)).toBeNull()
  })
  it('keeps hexagons as they are', () => {
    const hex = open(defaultView(), 'T')
    expect(hex).toMatchObject({ area: 'T', layer: 'hex' })
    expect(up(hex)).toMatchObject({ area: '', layer: 'hex', picked: null })
  })
  it('closes the panel of a cell first', () => {
    const view: View = { ...defaultView(), area: 'T', picked: { kind: 'cell', cell: '88149888a1fffff' } }
    expect(up(view)).toMatchObject({ area: 'T', picked: null })
  })
})

describe('figures', () => {
  const f = { count: 5, whole: 100, before: 4 }
  it('give a rate only where enough people live', () => {
    expect(ratePer10k({ ...f, population: 2000 })).toBe(25)
    expect(ratePer10k({ ...f, population: RATE_FLOOR - 1 })).toBeNull()
    expect(ratePer10k({ ...f, population: null })).toBeNull()
  })
})

describe('freshness', () => {
  const f = { data_version: 2, settled_at: '2026-01-01T00:00:00Z' } as Freshness
  it('tells how long ago the data settled, and nothing where none have', () => {
    expect(settledFor(f, Date.parse('2026-01-01T00:03:00Z'))).toBe(180_000)
    expect(settledFor({ ...f, settled_at: null }, 0)).toBeNull()
    expect(settledFor({ ...f, data_version: 0, settled_at: '0001-01-01T00:00:00Z' }, 0)).toBeNull()
  })
})

describe('events', () => {
  it('give the data version and survive anything else', () => {
    expect(versionOf('{"data_version": 12}')).toBe(12)
    for (const text of ['', 'null', '[]', '{"data_version":"12"}', '{']) expect(versionOf(text)).toBeNull()
  })
})
