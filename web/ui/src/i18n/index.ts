import type { Lang } from '../store/view'
import { en } from './en'
import { zh, type Key } from './zh'

export type { Key }
export type Params = Record<string, string | number>

export interface Translator {
  /** Text of a key with its `{names}` filled in. */
  t: (key: Key, params?: Params) => string
  /** Name of a dictionary entry in the page's language. */
  term: (entry: { zh: string; en: string }) => string
}

export function translate(lang: Lang, key: Key, params: Params = {}): string {
  const text = lang === 'zh' ? zh[key] : en[key]
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole))
}

export function createTranslator(lang: () => Lang): Translator {
  return {
    t: (key, params) => translate(lang(), key, params),
    term: (entry) => (lang() === 'zh' ? entry.zh : entry.en || entry.zh),
  }
}
