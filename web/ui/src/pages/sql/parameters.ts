import type { Values } from './api'

/** A `{name:Type}` of a text. */
export interface Parameter {
  name: string
  type: string
  list: boolean
}

// Quoted texts and comments hold no parameters; the first alternatives step over them.
const PARTS = /'(?:[^'\\]|\\[^]|'')*'|"(?:[^"\\]|\\[^])*"|`(?:[^`\\]|\\[^])*`|--[^\n]*|\/\*[^]*?\*\/|\{\s*([A-Za-z_]\w*)\s*:\s*(Array\(\s*\w+\s*\)|\w+)\s*\}/g

/** The parameters of a text in the order of their first use, each once. */
export function parametersOf(sql: string): Parameter[] {
  const found = new Map<string, Parameter>()
  for (const [, name, type] of sql.matchAll(PARTS)) {
    if (name && type && !found.has(name)) found.set(name, { name, type, list: type.startsWith('Array') })
  }
  return [...found.values()]
}

/** The values as they are sent: those of the text only, lists split at commas and lines. */
export function valuesOf(parameters: Parameter[], fields: Record<string, string>): Values {
  const out: Values = {}
  for (const { name, type, list } of parameters) {
    const field = fields[name] ?? ''
    const one = (v: string) => (type.includes('Bool') && (v === 'true' || v === 'false') ? v === 'true' : v)
    out[name] = list ? field.split(/[,,\n]/).map((v) => one(v.trim())).filter((v) => v !== '') : one(field)
  }
  return out
}

/** Values as they were kept, as texts of the fields. */
export function fieldsOf(values: Record<string, unknown> | null): Record<string, string> {
  return Object.fromEntries(Object.entries(values ?? {}).map(([name, v]) => [name, Array.isArray(v) ? v.join(', ') : String(v)]))
}

/** The kind of input for a type of the schema. */
export function inputOf({ type, list }: Parameter): 'date' | 'bool' | 'text' {
  if (!list && type === 'Date') return 'date'
  return !list && type === 'Bool' ? 'bool' : 'text'
}
