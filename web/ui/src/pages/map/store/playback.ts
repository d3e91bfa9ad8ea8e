import { computed, onScopeDispose, reactive, shallowRef, watch, type ComputedRef } from 'vue'
import type { PlaybackAnswer, Step } from '../../../api/types'
import { addDays, daysBetween } from '../../../format/day'
import { frameTable, type FrameTable } from '../../../map/frames'
import { useResource, type Resource } from '../../../store/resource'
import type { Days } from '../../../store/windows'
import type { App } from './app'

/** Steps in sight for how long, in ms. */
const PACE: Record<Step, number> = { day: 150, week: 300, month: 700 }
/** A window with more days is not played by day: nobody looks at so many. */
export const MOST_DAILY = 400

/** The window shown step by step. One request brings all steps. */
export interface Playback {
  readonly answer: Resource<PlaybackAnswer>
  /** What the map draws; null while nothing is played. */
  readonly table: FrameTable | null
  /** Step in sight. */
  readonly at: number
  readonly playing: boolean
  /** Days of the step in sight. */
  readonly days: Days | null
  /** Located incidents in each step. */
  readonly totals: number[]
  /** Least and most of a place in a step, zero not counted. */
  readonly extent: { min: number; max: number }
  countOf(id: string): number
  toggle(): void
  /** Shows a step and stops there. */
  stop(at: number): void
  /** Shows a step without a word in the address. */
  show(at: number): void
}

export function usePlayback(app: Pick<App, 'view' | 'go' | 'map' | 'path'>): Playback {
  const { view } = app
  const answer = useResource<PlaybackAnswer>(() =>
    view.play ? app.path(`/v1/playback/${view.layer}`, { measure: 'count' }, { step: view.play.step, z: String(app.map.zoom) }) : null,
  )
  const state = reactive({ at: 0, playing: false })
  const table = shallowRef<FrameTable | null>(null)
  const places: ComputedRef<Map<string, number>> = computed(() => new Map(answer.data?.ids.map((id, i) => [id, i])))
  const totals = computed(() => (answer.data ? answer.data.steps.map((_, j) => answer.data!.counts.reduce((sum, row) => sum + row[j]!, 0)) : []))
  const extent = computed(() => {
    let [min, max] = [Infinity, 0]
    for (const row of answer.data?.counts ?? []) {
      for (const n of row) {
        if (n > max) max = n
        if (n > 0 && n < min) min = n
      }
    }
    return max > 0 ? { min, max } : { min: 0, max: 0 }
  })
  const steps = () => answer.data?.steps ?? []
  const stepOf = (day: string) => Math.max(0, steps().filter((s) => s <= day).length - 1)
  let timer = 0

  watch(() => answer.key, () => {
    table.value = answer.data && frameTable(answer.data)
    state.at = stepOf(view.play?.at ?? '')
  })
  watch(() => view.play?.at, (at) => {
    if (!state.playing && at !== undefined) state.at = stepOf(at)
  })
  watch(() => view.play?.step, pause)
  onScopeDispose(pause)

  function pause(): void {
    clearInterval(timer)
    state.playing = false
  }
  function show(at: number): void {
    state.at = Math.min(Math.max(0, steps().length - 1), Math.max(0, at))
  }
  function stop(at: number): void {
    pause()
    show(at)
    if (view.play) app.go({ play: { step: view.play.step, at: steps()[state.at] ?? '' } }, true)
  }
  function start(): void {
    if (!view.play || steps().length === 0) return
    if (state.at >= steps().length - 1) show(0)
    state.playing = true
    timer = window.setInterval(() => (state.at >= steps().length - 1 ? stop(state.at) : show(state.at + 1)), PACE[view.play.step])
  }

  return {
    answer,
    get table() {
      return view.play ? table.value : null
    },
    get at() {
      return state.at
    },
    get playing() {
      return state.playing
    },
    get days() {
      const from = steps()[state.at]
      return from && view.play ? { from, to: steps()[state.at + 1] ?? view.to } : null
    },
    get totals() {
      return totals.value
    },
    get extent() {
      return extent.value
    },
    countOf: (id) => answer.data?.counts[places.value.get(id) ?? -1]?.[state.at] ?? 0,
    toggle: () => (state.playing ? stop(state.at) : start()),
    stop,
    show,
  }
}

/** The steps in which a window can be played. */
export function stepsFor(window: Days): Step[] {
  const days = daysBetween(window.from, window.to)
  const all: Step[] = days <= MOST_DAILY ? ['day', 'week', 'month'] : ['week', 'month']
  return all.filter((s) => window.to > addDays(window.from, { day: 1, week: 7, month: 31 }[s]))
}
