import { shallowReactive, watch } from 'vue'
import { ApiError, getJson } from '../../../api/client'
import type { Live } from './live'
import type { Timers } from './timers'

/** One panel's answer, and how it stands with it. */
export interface Panel<T> {
  /** The last good answer; it stays while the next one is on its way or fails. */
  data: T | null
  error: ApiError | null
  /** The server does not show this to who asks. */
  hidden: boolean
  /** True from 150 ms after asking for the first answer. */
  slow: boolean
}

const SLOW_MS = 150
const AGAIN_MS = 10_000
const PATIENCE_MS = 25_000
/** An answer that takes longer is waited for twice as long the next time, up to this: asked for again too early it would never come. */
const MOST_PATIENCE_MS = 100_000

/**
 * Loads `key()` and again when it changes. What is under way is never cancelled
 * by a newer key, which follows it: with news every second nothing would come to
 * an end. Another `scope()` clears the answer at once, as it is of another place.
 * A fragment in the key is not sent. An empty key is of what is not shown here.
 */
export function usePanel<T>(context: { live: Live; timers: Timers }, key: () => string | null, scope: () => string = () => ''): Panel<T> {
  const { live, timers } = context
  const panel = shallowReactive({ data: null, error: null, hidden: false, slow: false }) as Panel<T>
  let wanted: string | null = null
  let busy = false
  let patienceMs = PATIENCE_MS
  let retry: () => void = () => undefined

  async function load(): Promise<void> {
    if (busy) return
    retry()
    if (!wanted) return void Object.assign(panel, { data: null, error: null, hidden: wanted === '', slow: false })
    busy = true
    const at = wanted
    const of = scope()
    const patience = new AbortController()
    const endPatience = timers.after(patienceMs, () => {
      patienceMs = Math.min(2 * patienceMs, MOST_PATIENCE_MS)
      patience.abort()
    })
    const endSlow = timers.after(SLOW_MS, () => (panel.slow = panel.data === null))
    try {
      const data = await getJson<T>(at.split('#')[0]!, patience.signal)
      if (of === scope()) Object.assign(panel, { data, error: null, hidden: false })
    } catch (e) {
      if (of === scope()) failed(e instanceof ApiError ? e : new ApiError(patience.signal.aborted ? 'late' : 'network', 0, '', ''))
    } finally {
      endPatience()
      endSlow()
      panel.slow = false
      busy = false
    }
    if (wanted !== at) void load()
  }
  function failed(error: ApiError): void {
    panel.hidden = error.status === 403
    if (panel.hidden) return void Object.assign(panel, { data: null, error: null })
    panel.error = error
    retry = timers.after(AGAIN_MS, () => void load())
  }

  watch(scope, () => Object.assign(panel, { data: null, error: null, hidden: false }), { flush: 'sync' })
  watch(key, (at) => {
    wanted = at
    void load()
  }, { immediate: true })
  watch(() => live.connects, () => panel.error && void load())
  return panel
}
