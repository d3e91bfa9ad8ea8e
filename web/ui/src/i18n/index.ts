import { inject, type InjectionKey } from 'vue'
import { en } from './en'
import { zh, type Key } from './zh'

export type { Key }
export type Lang = 'zh' | 'en'
export type Params = Record<string, string | number>

export interface Translator {
  /** Text of a key with its `{names}` filled in. */
  t: (key: Key, params?: Params) => string
  /** Name of a dictionary entry in the page's language. */
  term: (entry: { zh: string; en: string }) => string
  lang: () => Lang
}

export function translate(lang: Lang, key: Key, params: Params = {}): string {
  const text = lang === 'zh' ? zh[key] : en[key]
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole))
}

export function createTranslator(lang: () => Lang): Translator {
  return {
    t: (key, params) => translate(lang(), key, params),
    term: (entry) => (lang() === 'zh' ? entry.zh : entry.en || entry.zh),
    lang,
  }
}

/** Under this key each page provides its Translator to the shared components. */
export const i18nKey: InjectionKey<Translator> = Symbol('i18n')

export function useI18n(): Translator {
  const i18n = inject(i18nKey)
  if (!i18n) throw new Error('no i18n is provided above this component')
  return i18n
}
