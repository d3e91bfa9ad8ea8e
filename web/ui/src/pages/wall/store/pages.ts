import { reactive } from 'vue'
import type { Timers } from './timers'

/** What the wall shows: everything, one township, or the month in figures. */
export type Turn = { kind: 'overview' | 'month'; area: '' } | { kind: 'area'; area: string }

export interface Pages {
  readonly turn: Turn
  readonly list: readonly Turn[]
  readonly at: number
  /** What the map shows. */
  phase: 'density' | 'level'
  rotating: boolean
  /** Stops, and goes by so many pages. */
  go(by: number): void
  toggle(): void
  /** Somebody is there: the page stays. */
  touched(): void
}

/** Density and level change places so often. */
export const PHASE_MS = 20_000
/** How many phases a page stays. */
const PHASES = { overview: 4, area: 2, month: 1 }
/** A wall left alone for so long goes on by itself. */
const ALONE_MS = 10 * 60_000

/** Turns the pages. `areas` are the townships that have one of their own. */
export function createPages(timers: Timers, areas: () => readonly string[], rotate: boolean): Pages {
  let left = PHASES.overview
  let alone: () => void = () => undefined
  const list = (): Turn[] => [{ kind: 'overview', area: '' }, ...areas().map((area): Turn => ({ kind: 'area', area })), { kind: 'month', area: '' }]
  const state = reactive({ turn: list()[0]!, phase: 'density' as Pages['phase'], rotating: rotate })
  const indexNow = () => Math.max(0, list().findIndex((p) => p.kind === state.turn.kind && p.area === state.turn.area))

  function turnBy(by: number): void {
    const pages = list()
    state.turn = pages[(indexNow() + by + pages.length) % pages.length]!
    state.phase = 'density'
    left = PHASES[state.turn.kind]
  }
  function tick(): void {
    if (!state.rotating) return
    if (--left <= 0) turnBy(1)
    else state.phase = state.phase === 'density' ? 'level' : 'density'
  }
  function touched(): void {
    state.rotating = false
    alone()
    alone = timers.after(ALONE_MS, () => (state.rotating = rotate))
  }
  timers.every(PHASE_MS, tick)

  return {
    get turn() {
      return state.turn
    },
    get list() {
      return list()
    },
    get at() {
      return indexNow()
    },
    get phase() {
      return state.phase
    },
    set phase(value) {
      state.phase = value
    },
    get rotating() {
      return state.rotating
    },
    set rotating(value) {
      state.rotating = value
    },
    go(by) {
      touched()
      turnBy(by)
    },
    toggle() {
      if (state.rotating) return touched()
      alone()
      state.rotating = true
    },
    touched,
  }
}
