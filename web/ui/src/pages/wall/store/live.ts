import { reactive } from 'vue'
import { ApiError, getJson } from '../../../api/client'
import type { Freshness } from '../../../api/types'
import { versionOf } from '../../../store/freshness'
import type { Timers } from './timers'

/** What the server tells without being asked, and how long ago it last did. */
export interface Live {
  freshness: Freshness | null
  /** The stream of events is open and has spoken lately. */
  connected: boolean
  /** How often it was opened: what failed meanwhile asks again. */
  connects: number
  /** Grows with each event: tips and levels change without a new data version. */
  beat: number
  /** The server's clock, in ms, moved on each second. */
  now: number
  /** When the server last answered, by that clock. */
  heardAt: number
  error: ApiError | null
}

/** The server speaks every 20 s; two missed beats and the stream is dead. */
const SILENCE_MS = 45_000
/** First and longest pause before the next try: the server is found again within 5 s. */
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 3000
/** An attempt that is not through by then is given up; a server that is away refuses at once. */
const CONNECT_MS = 10_000
/** News are taken up at most so often, however often they come. */
const LEAST_BETWEEN_MS = 2000
const POLL_MS = 30_000

export function watchServer(timers: Timers): Live {
  const live = reactive({ freshness: null, connected: false, connects: 0, beat: 0, now: Date.now(), heardAt: Date.now(), error: null }) as Live
  let stream: EventSource | null = null
  let pause = FIRST_PAUSE_MS
  let giveUp: () => void = () => undefined
  let again: (() => void) | null = null
  let asking = false
  let askedAt = 0
  let later: (() => void) | null = null
  let ahead = 0

  function connect(): void {
    again = null
    stream?.close()
    const mine = new EventSource('/v1/events')
    stream = mine
    wait(CONNECT_MS)
    mine.addEventListener('data_version', (event: MessageEvent<string>) => mine === stream && heard(versionOf(event.data)))
    mine.addEventListener('level', () => mine === stream && live.beat++)
    mine.onerror = () => mine === stream && lost()
  }
  function wait(ms: number): void {
    giveUp()
    giveUp = timers.after(ms, lost)
  }
  // The browser does not try again after an answer that is no stream, and waits
  // as long as it likes after a broken one: trying again is done here.
  function lost(): void {
    giveUp()
    stream?.close()
    stream = null
    live.connected = false
    if (again) return
    again = timers.after(pause, connect)
    pause = Math.min(LONGEST_PAUSE_MS, pause * 2)
  }
  function heard(version: number | null): void {
    wait(SILENCE_MS)
    live.heardAt = live.now
    live.beat++
    if (!live.connected) {
      live.connected = true
      live.connects++
      pause = FIRST_PAUSE_MS
      void setClock()
      return void ask()
    }
    if (version !== live.freshness?.data_version) void ask()
  }
  async function ask(): Promise<void> {
    const early = askedAt + LEAST_BETWEEN_MS - Date.now()
    if (asking || early > 0) {
      later ??= timers.after(Math.max(early, 200), () => {
        later = null
        void ask()
      })
      return
    }
    asking = true
    askedAt = Date.now()
    try {
      live.freshness = await getJson<Freshness>('/v1/freshness')
      live.heardAt = live.now
      live.error = null
    } catch (e) {
      live.error = e instanceof ApiError ? e : new ApiError('client', 0, String(e), '')
    } finally {
      asking = false
    }
  }
  // A display's own clock is often wrong; the server's stands in each answer.
  async function setClock(): Promise<void> {
    try {
      const date = Date.parse((await fetch('/healthz', { cache: 'no-store' })).headers.get('Date') ?? '')
      if (date > 0) ahead = Math.abs(date - Date.now()) < 2000 ? 0 : date - Date.now()
    } catch {
      // The clock goes on as it was; the stream tells that the server is away.
    }
  }

  timers.every(1000, () => (live.now = Date.now() + ahead))
  timers.every(POLL_MS, () => void ask())
  timers.every(3_600_000, () => void setClock())
  void ask()
  connect()
  return live
}
