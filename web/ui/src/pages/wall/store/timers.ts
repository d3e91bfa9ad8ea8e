/**
 * The one place of the page that starts timers, so that what runs for days can
 * be counted and ended.
 */
export interface Timers {
  /** Runs again and again; gives what ends it. */
  every(ms: number, run: () => void): () => void
  /** Runs once; gives what calls it off. */
  after(ms: number, run: () => void): () => void
  /** Timers that run or wait. */
  size(): number
  stop(): void
}

export function createTimers(): Timers {
  const running = new Set<() => void>()

  function keep(end: () => void): () => void {
    const ended = () => {
      if (running.delete(ended)) end()
    }
    running.add(ended)
    return ended
  }

  return {
    every(ms, run) {
      const id = setInterval(run, ms)
      return keep(() => clearInterval(id))
    },
    after(ms, run) {
      const end = keep(() => clearTimeout(id))
      const id = setTimeout(() => {
        end()
        run()
      }, ms)
      return end
    },
    size: () => running.size,
    stop: () => [...running].forEach((end) => end()),
  }
}
