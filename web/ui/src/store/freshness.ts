import { reactive } from 'vue'
import { ApiError, getJson } from '../api/client'
import type { Freshness } from '../api/types'

/** How old the data are, kept up to date. */
export interface FreshnessFeed {
  data: Freshness | null
  /** The server has not answered the last time it was asked. */
  error: ApiError | null
  /** Now, moved on once a half minute so that ages grow on the screen. */
  now: number
  retry: () => void
}

const POLL_MS = 30_000

/**
 * Asks for the freshness every half minute while the page is seen, and listens
 * to the server's events, which the browser connects to again by itself: each new
 * data version makes every tile and number ask again, old ones staying until the new ones are in.
 */
export function watchFreshness(): FreshnessFeed {
  const feed = reactive({ data: null, error: null, now: Date.now(), retry: () => void ask() }) as FreshnessFeed

  async function ask(): Promise<void> {
    try {
      feed.data = await getJson<Freshness>('/v1/freshness')
      feed.error = null
    } catch (e) {
      feed.error = e instanceof ApiError ? e : new ApiError('client', 0, String(e), '')
    }
    feed.now = Date.now()
  }
  function heard(event: MessageEvent<string>): void {
    const version = versionOf(event.data)
    if (version !== null && feed.data && version !== feed.data.data_version) void ask()
  }

  void ask()
  new EventSource('/v1/events').addEventListener('data_version', heard)
  setInterval(() => {
    if (document.visibilityState === 'visible') void ask()
  }, POLL_MS)
  return feed
}

/** Data version of an event's text, null where it has none. */
export function versionOf(text: string): number | null {
  try {
    const body: unknown = JSON.parse(text)
    const version = (body as { data_version?: unknown } | null)?.data_version
    return typeof version === 'number' ? version : null
  } catch {
    return null
  }
}

const HOUR = 3_600_000
/** Data that settled this long ago are shown as stale. */
export const STALE_AFTER_MS = 24 * HOUR

/** Milliseconds since the data settled; null where none have. */
export function settledFor(f: Freshness, now: number): number | null {
  const at = f.settled_at === null ? NaN : Date.parse(f.settled_at)
  return f.data_version > 0 && at > 0 ? now - at : null
}
