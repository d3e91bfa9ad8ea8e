import { getJson } from '../../api/client'
import type { Area, AreaDetail, Level } from '../../api/types'
import type { Shape } from '../../geo/rings'
import type { Result } from './api'

/** A place of a result with its outline. */
export interface Outline {
  name: string
  shape: Shape
}

const CELL = /^8[0-9a-f]{14}$/
const NUMBER = /^(Nullable\(|LowCardinality\()*(U?Int|Float|Decimal)/
const DAY = /^(Nullable\()?Date/
const AREA_NAMES = ['area', 'code', 'county', 'township', 'village', 'grid', 'place', 'parent']

export const isNumeric = (type: string) => NUMBER.test(type)
export const isDay = (type: string) => DAY.test(type)

/** The H3 index of a value: 15 hexadecimal digits, or the same as a decimal number; else null. */
export function cellOf(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const text = String(value).toLowerCase()
  if (CELL.test(text)) return text
  if (!/^\d{18}$/.test(text)) return null
  const hex = BigInt(text).toString(16)
  return CELL.test(hex) ? hex : null
}

export interface PlaceColumn {
  at: number
  kind: 'cell' | 'area'
}

/** Which columns may hold places: by their values for cells, by their names and values for areas. */
export function placeColumns(result: Result): PlaceColumn[] {
  const sample = result.rows.slice(0, 50)
  return result.columns.flatMap((c, at): PlaceColumn[] => {
    const values = sample.map((r) => r[at]).filter((v) => v !== null && v !== '')
    if (values.length === 0) return []
    if (values.every((v) => cellOf(v) !== null)) return [{ at, kind: 'cell' }]
    const codes = values.every((v) => typeof v === 'string' && /^\d{6,}$/.test(v))
    return codes && (AREA_NAMES.includes(c.name) || /String/.test(c.type)) ? [{ at, kind: 'area' }] : []
  })
}

/** Sums a numeric column by the values of another, in the order of their first row. */
export function sumBy(result: Result, key: number, value: number): Map<string, number> {
  const sums = new Map<string, number>()
  for (const row of result.rows) {
    const name = row[key] === null ? '' : String(row[key])
    const n = Number(row[value])
    if (Number.isFinite(n)) sums.set(name, (sums.get(name) ?? 0) + n)
  }
  return sums
}

/** Outlines of cells; the code that knows H3 is asked for only here. */
export async function cellOutlines(values: readonly string[]): Promise<Map<string, Outline>> {
  const { cellToBoundary } = await import('h3-js')
  const out = new Map<string, Outline>()
  for (const v of values) {
    const cell = cellOf(v)
    if (cell) out.set(v, { name: cell, shape: { type: 'Polygon', coordinates: [cellToBoundary(cell, true)] } })
  }
  return out
}

/** Outlines of areas by their codes, those of a level together. */
export async function areaOutlines(codes: readonly string[]): Promise<Map<string, Outline>> {
  const { areas } = await getJson<{ areas: Area[] }>('/v1/areas')
  const wanted = new Set(codes)
  const levels = new Set<Level>(areas.filter((a) => wanted.has(a.code)).map((a) => a.level))
  const out = new Map<string, Outline>()
  for (const level of levels) {
    for (const a of await shapesOf(level)) {
      if (wanted.has(a.code) && a.geometry) out.set(a.code, { name: a.name, shape: a.geometry })
    }
  }
  return out
}

/** All areas of a level with their shapes, page by page. */
export async function shapesOf(level: Level): Promise<AreaDetail[]> {
  const all: AreaDetail[] = []
  let after: string | null = ''
  while (after !== null) {
    const page: { areas: AreaDetail[]; next_after: string | null } = await getJson(
      `/v1/areas?level=${level}&geometry=1${after && `&after=${encodeURIComponent(after)}`}`,
    )
    all.push(...page.areas)
    after = page.next_after ?? null
  }
  return all
}

/** Lower bounds of at most five classes with about as many places each; equal values stay together. */
export function breaksOf(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b)
  const found = [0.2, 0.4, 0.6, 0.8].map((q) => sorted[Math.floor(q * sorted.length)]!)
  return [...new Set(found)].filter((b) => sorted.length > 0 && b > sorted[0]!)
}
