import { onScopeDispose, shallowReactive, watch } from 'vue'
import { ApiError, getJson, isAbort } from '../api/client'

/** An answer of the server that follows its address. */
export interface Resource<T> {
  /** The last good answer; kept while the next one is on its way. */
  data: T | null
  /** The address `data` came from. */
  key: string | null
  error: ApiError | null
  /** True from 150 ms after asking: sooner, a skeleton would only flicker. */
  slow: boolean
  retry: () => void
}

const SLOW_AFTER_MS = 150

/**
 * Loads `key()` and again whenever it changes; an older request is cancelled.
 * A null key asks for nothing and clears the answer. A fragment in the key
 * (`#…`) is not sent: it makes a key new without changing the address.
 */
export function useResource<T>(key: () => string | null, load: (path: string, signal: AbortSignal) => Promise<T> = getJson): Resource<T> {
  let running: AbortController | null = null
  const state = shallowReactive({ data: null, key: null, error: null, slow: false, retry: () => ask(key()) }) as Resource<T>

  async function ask(at: string | null): Promise<void> {
    running?.abort()
    if (at === null) {
      Object.assign(state, { data: null, key: null, error: null, slow: false })
      return
    }
    const mine = new AbortController()
    running = mine
    const timer = setTimeout(() => (state.slow = true), SLOW_AFTER_MS)
    try {
      const data = await load(at.split('#')[0]!, mine.signal)
      if (!mine.signal.aborted) Object.assign(state, { data, key: at, error: null })
    } catch (e) {
      if (!isAbort(e) && !mine.signal.aborted) state.error = e instanceof ApiError ? e : new ApiError('client', 0, String(e), '')
    } finally {
      clearTimeout(timer)
      if (running === mine) state.slow = false
    }
  }

  watch(key, (at) => void ask(at), { immediate: true })
  onScopeDispose(() => running?.abort())
  return state
}
