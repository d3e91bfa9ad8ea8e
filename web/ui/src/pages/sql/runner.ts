import { computed, ref, shallowRef } from 'vue'
import { isAbort } from '../../api/client'
import { download } from '../../components/download'
import { SqlError, send, whole, type Ask, type Result } from './api'

export interface Done {
  result: Result
  ms: number
}

/** Runs one request at a time; what it is doing, and what came of it. */
export function useRunner() {
  const doing = ref('') // '', 'run' or the name of a format
  const seconds = ref(0)
  const done = shallowRef<Done | null>(null)
  const fault = shallowRef<SqlError | null>(null)
  const cancelled = ref(false)
  const exported = ref<{ file: string; size: number } | null>(null)
  const runs = ref(0)
  let controller: AbortController | undefined

  async function alone(what: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (doing.value) return
    doing.value = what
    controller = new AbortController()
    fault.value = null
    cancelled.value = false
    exported.value = null
    seconds.value = 0
    const clock = setInterval(() => seconds.value++, 1000)
    try {
      await work(controller.signal)
    } catch (e) {
      if (isAbort(e)) cancelled.value = true
      else fault.value = e instanceof SqlError ? e : new SqlError('unknown', 0, String(e), '', 0, 0, '')
    }
    clearInterval(clock)
    doing.value = ''
    runs.value++
  }

  const run = (ask: Ask) =>
    alone('run', async (signal) => {
      done.value = null
      const start = performance.now()
      const answer = await send('POST', '/v1/sql', ask, 'application/json', signal)
      const result = (await whole(answer.json())) as Result
      done.value = { result, ms: Math.round(performance.now() - start) }
    })

  const save = (ask: Ask, format: { name: string; media_type: string }) =>
    alone(format.name, async (signal) => {
      const answer = await send('POST', '/v1/sql', ask, format.media_type, signal)
      const blob = await whole(answer.blob())
      const file = `sql-${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '')}.${format.name}`
      download(blob, file)
      exported.value = { file, size: blob.size }
    })

  return { doing, seconds, done, fault, cancelled, exported, runs, busy: computed(() => doing.value !== ''), run, save, cancel: () => controller?.abort() }
}
