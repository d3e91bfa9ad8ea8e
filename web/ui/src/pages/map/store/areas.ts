import { shallowReactive } from 'vue'
import { getJson } from '../../../api/client'
import type { Area, AreaDetail, Level } from '../../../api/types'

/** The areas met so far, by code; more are asked for when they are needed. */
export interface AreaIndex {
  readonly byCode: Map<string, Area>
  loadLevel(level: Level): Promise<Area[]>
  loadChildren(parent: string): Promise<Area[]>
  /** One area with its path and outline; kept once loaded. */
  detail(code: string): Promise<AreaDetail>
  /** The county; undefined until it is loaded or where no areas exist. */
  root(): Area | undefined
}

export function createAreaIndex(): AreaIndex {
  const byCode = shallowReactive(new Map<string, Area>())
  const lists = new Map<string, Promise<Area[]>>()
  const details = new Map<string, Promise<AreaDetail>>()

  function keep(areas: Area[]): Area[] {
    for (const a of areas) byCode.set(a.code, a)
    return areas
  }
  function list(query: string): Promise<Area[]> {
    const known = lists.get(query)
    if (known) return known
    const asked = getJson<{ areas: Area[] }>(`/v1/areas?${query}`).then((r) => keep(r.areas))
    lists.set(query, asked)
    asked.catch(() => lists.delete(query))
    return asked
  }
  function detail(code: string): Promise<AreaDetail> {
    const known = details.get(code)
    if (known) return known
    const asked = getJson<AreaDetail>(`/v1/areas/${encodeURIComponent(code)}?geometry=1`).then((a) => {
      keep([a])
      return a
    })
    details.set(code, asked)
    asked.catch(() => details.delete(code))
    return asked
  }

  return {
    byCode,
    loadLevel: (level) => list(`level=${level}`),
    loadChildren: (parent) => list(`parent=${encodeURIComponent(parent)}`),
    detail,
    root: () => [...byCode.values()].find((a) => a.level === 'county'),
  }
}
