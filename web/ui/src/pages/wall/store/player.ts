import { computed, reactive, shallowRef, watch } from 'vue'
import type { PlaybackAnswer } from '../../../api/types'
import { frameTable, type FrameTable } from '../../../map/frames'
import type { Pages } from './pages'
import type { Timers } from './timers'

/** The last 13 weeks, week by week. It plays when the overview comes round, or when told to. */
export interface Player {
  /** What the map draws; null while nothing is played. */
  readonly table: FrameTable | null
  readonly at: number
  readonly steps: readonly string[]
  readonly totals: readonly number[]
  toggle(): void
}

/** A step stays so long: read from four metres, not guessed at. */
const PACE_MS = 1000

export function createPlayer(timers: Timers, answer: () => PlaybackAnswer | null, pages: Pages): Player {
  const state = reactive({ at: -1 })
  const table = shallowRef<FrameTable | null>(null)
  // What is too small to be told stands below zero.
  const totals = computed(() => {
    const a = answer()
    if (!a) return []
    return a.steps.map((_, j) => a.counts.reduce((sum, row) => sum + Math.max(0, row[j] ?? 0), 0))
  })
  const still = matchMedia('(prefers-reduced-motion: reduce)')
  let end: () => void = () => undefined

  function stop(): void {
    end()
    state.at = -1
    table.value = null
  }
  function start(): void {
    const a = answer()
    if (!a || a.steps.length === 0 || a.ids.length === 0) return
    stop()
    pages.phase = 'density'
    table.value = frameTable(a)
    state.at = 0
    end = timers.every(PACE_MS, () => (state.at >= table.value!.steps.length - 1 ? stop() : state.at++))
  }
  watch(() => pages.turn, (turn) => {
    stop()
    if (turn.kind === 'overview' && pages.rotating && !still.matches) start()
  })
  watch(() => pages.phase, (phase) => phase === 'level' && stop())

  return {
    get table() {
      return table.value
    },
    get at() {
      return state.at
    },
    get steps() {
      return answer()?.steps ?? []
    },
    get totals() {
      return totals.value
    },
    toggle: () => (table.value ? stop() : start()),
  }
}
