import { computed, type ComputedRef } from 'vue'
import type { Alike, AreaDetail, Breakdown, Level, Series, Step } from '../../../api/types'
import { dayNumber, daysBetween } from '../../../format/day'
import type { App } from './app'
import type { Figures } from './figures'
import { useResource, type Resource } from '../../../store/resource'
import { previousWindow, type SelectionOptions } from './selection'

export interface Detail {
  area: Resource<AreaDetail>
  split: Resource<Breakdown>
  trend: Resource<Series>
  /** Counts of the parts of an area, or of the areas a cell lies in. */
  parts: Resource<Breakdown>
  partLevel: ComputedRef<Level | null>
  /** Places of its level with nearly its mix of categories. */
  alike: Resource<Alike>
  figures: ComputedRef<Figures | null>
}

/** Step at which a window has between about 7 and 100 bars. */
export function trendStep(days: number): Step {
  if (days <= 100) return 'day'
  return days <= 700 ? 'week' : 'month'
}

/** Everything the panel tells about the picked place, asked for again as the view changes. */
export function useDetail(app: App): Detail {
  const { view } = app
  const scope = computed<SelectionOptions | null>(() => {
    if (view.picked === null) return null
    return view.picked.kind === 'cell' ? { cell: view.picked.cell, without: ['area'] } : { area: view.picked.code }
  })
  const at = (path: string, extra: Record<string, string>, more: SelectionOptions = {}) =>
    scope.value === null ? null : app.path(path, { ...scope.value, ...more }, extra)

  const code = () => (view.picked?.kind === 'area' ? view.picked.code : '')
  const area = useResource<AreaDetail>(() => (view.picked?.kind === 'area' ? `/v1/areas/${encodeURIComponent(view.picked.code)}` : null))
  const split = useResource<Breakdown>(() => at('/v1/breakdown', { by: 'category' }))
  const trend = useResource<Series>(() => at('/v1/series', { step: trendStep(daysBetween(view.from, view.to)) }))
  const before = useResource<Breakdown>(() => {
    const first = app.days.value?.from
    if (!view.from || !first) return null
    const w = view.versus ?? previousWindow(view)
    if (dayNumber(w.from) < dayNumber(first)) return null
    return at('/v1/breakdown', { by: 'category' }, { window: w })
  })
  const whole = useResource<Breakdown>(() => (scope.value === null ? null : app.path('/v1/breakdown', { without: ['area'] }, { by: 'category' })))
  const partLevel = computed<Level | null>(() => {
    if (view.picked?.kind === 'cell') return 'village'
    const next = { county: 'township', township: 'village', village: 'grid', grid: null } as const
    return area.data && area.data.code === view.picked?.code ? next[area.data.level] : null
  })
  const parts = useResource<Breakdown>(() => (partLevel.value ? at('/v1/breakdown', { by: partLevel.value }) : null))

  const alike = useResource<Alike>(() => (area.data && area.data.code === code() && area.data.level !== 'county' ? at('/v1/breakdown', { alike: '4' }) : null))

  const figures = computed<Figures | null>(() => {
    if (!split.data || !whole.data) return null
    const known = view.picked?.kind === 'area' && area.data && area.data.population > 0
    return { count: split.data.total, whole: whole.data.total, population: known ? area.data!.population : null, before: before.data?.total ?? null }
  })
  return { area, split, trend, parts, partLevel, alike, figures }
}
