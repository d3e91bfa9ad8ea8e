import { ref, shallowRef } from 'vue'
import { ApiError, getJson, sendJson } from '../../api/client'

/** A list of the server with changes to it; each change reads the list again. */
export function useAccounts<T>(path: string, key: string) {
  const list = shallowRef<T[] | null>(null)
  const fault = shallowRef<ApiError | null>(null)
  /** What the last change was refused for. */
  const refused = shallowRef<ApiError | null>(null)
  const busy = ref(false)

  async function read(): Promise<void> {
    try {
      list.value = (await getJson<Record<string, T[]>>(path))[key] ?? []
      fault.value = null
    } catch (e) {
      fault.value = asApiError(e)
    }
  }
  /** The answer, or null where it was refused. */
  async function change<A>(method: 'POST' | 'PATCH' | 'DELETE', at: string, body?: unknown): Promise<{ answer: A } | null> {
    busy.value = true
    refused.value = null
    try {
      const answer = await sendJson<A>(method, at ? `${path}/${encodeURIComponent(at)}` : path, body)
      await read()
      return { answer }
    } catch (e) {
      refused.value = asApiError(e)
      return null
    } finally {
      busy.value = false
    }
  }
  void read()
  return { list, fault, refused, busy, read, change }
}

function asApiError(e: unknown): ApiError {
  return e instanceof ApiError ? e : new ApiError('client', 0, String(e), '')
}
