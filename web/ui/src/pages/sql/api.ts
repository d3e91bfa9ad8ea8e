import { ApiError, isAbort } from '../../api/client'

export interface Column {
  name: string
  type: string
  zh: string
  en: string
}
export interface View {
  name: string
  zh: string
  en: string
  columns: Column[]
}
export interface Limit {
  seconds: number
  memory_bytes: number
  read_rows: number
  read_bytes: number
  result_rows: number
  result_bytes: number
}
export interface Schema {
  views: View[]
  functions: { aggregate: string[]; window: string[]; scalar: Record<string, string[]> }
  table_functions: string[]
  parameter_types: string[]
  limits: Limit
  formats: { name: string; media_type: string }[]
  max_text_bytes: number
  scoped: boolean
  time_zone: string
}
export type Value = string | boolean
export type Values = Record<string, Value | Value[]>
export interface Ask {
  sql: string
  parameters: Values
}
export interface Result {
  columns: { name: string; type: string }[]
  row_limit: number
  rows: unknown[][]
  row_count: number
}
export interface Saved {
  id: string
  name: string
  note: string
  sql: string
  parameters: Record<string, unknown> | null
  template: unknown
  shared: boolean
  own: boolean
  made_at: string
}
export interface Run {
  at: string
  request_id: string
  sql: string
  parameters: Record<string, unknown> | null
  format: string
  took_ms: number
  rows: number
  code: string
}

/** A refusal with its place in the text, from 1; 0 where it is about no place. */
export class SqlError extends ApiError {
  readonly line: number
  readonly column: number
  readonly retryAfter: string

  constructor(code: string, status: number, message: string, requestId: string, line: number, column: number, retryAfter: string) {
    super(code, status, message, requestId)
    this.line = line
    this.column = column
    this.retryAfter = retryAfter
  }
}

/** One request that changes or runs something. Throws SqlError, or AbortError where the signal fired. */
export async function send(method: 'POST' | 'DELETE', path: string, body?: unknown, accept = 'application/json', signal?: AbortSignal): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers: { Accept: accept, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
  } catch (e) {
    if (isAbort(e)) throw e
    throw new SqlError('network', 0, '', '', 0, 0, '')
  }
  if (response.ok) return response
  const problem = await refusal(response)
  if (problem.code === 'sign_in_required') location.assign(`/signin?next=${encodeURIComponent(location.pathname + location.search)}`)
  throw problem
}

/** What is read of an answer may break off: a result over its limit does, after its first megabyte. */
export async function whole<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (e) {
    if (isAbort(e)) throw e
    throw new SqlError('broken_off', 0, '', '', 0, 0, '')
  }
}

interface Problem {
  code?: string
  title?: string
  detail?: string
  request_id?: string
  errors?: { line?: number; column?: number }[]
}

async function refusal(response: Response): Promise<SqlError> {
  const body = (await response.json().catch(() => ({}))) as Problem
  const place = body.errors?.[0]
  return new SqlError(
    body.code ?? `http_${response.status}`,
    response.status,
    body.detail ?? body.title ?? '',
    body.request_id ?? '',
    place?.line ?? 0,
    place?.column ?? 0,
    response.headers.get('Retry-After') ?? '',
  )
}
