/** What the server said when it refused, or `network` when it said nothing. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  readonly requestId: string

  constructor(code: string, status: number, message: string, requestId: string) {
    super(message)
    this.code = code
    this.status = status
    this.requestId = requestId
  }
}

/** GET of a JSON answer. Throws ApiError, or AbortError where the signal fired. */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  let response: Response
  try {
    response = await fetch(path, { headers: { Accept: 'application/json' }, ...(signal ? { signal } : {}) })
  } catch (e) {
    if (isAbort(e)) throw e
    throw new ApiError('network', 0, '', '')
  }
  if (!response.ok) {
    const problem = await problemOf(response)
    if (problem.code === 'sign_in_required') location.assign(`/signin?next=${encodeURIComponent(location.pathname + location.search)}`)
    throw problem
  }
  return (await response.json()) as T
}

/** A request that changes or computes something; a body that is text is sent as it is. */
export async function sendJson<T>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown, type = 'application/json'): Promise<T> {
  let response: Response
  const payload = body === undefined ? {} : { headers: { 'Content-Type': type, Accept: 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body) }
  try {
    response = await fetch(path, { method, ...payload })
  } catch {
    throw new ApiError('network', 0, '', '')
  }
  if (!response.ok) throw await problemOf(response)
  return (response.status === 204 ? null : await response.json()) as T
}

export function isAbort(e: unknown): boolean {
  return e instanceof DOMException && e.name === 'AbortError'
}

async function problemOf(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>
  const text = (key: string) => (typeof body[key] === 'string' ? (body[key] as string) : '')
  return new ApiError(text('code') || `http_${response.status}`, response.status, text('detail') || text('title'), text('request_id'))
}
