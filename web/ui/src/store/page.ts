import { computed, onBeforeUnmount, onMounted, ref, watch, type ComputedRef, type Ref } from 'vue'
import type { Lang } from '../i18n'

export type Theme = 'light' | 'dark'

/** What every page but the map has of its own: language, theme, title. */
export interface Page {
  lang: Ref<Lang>
  /** The theme in sight: paper is light, whatever the screen is. */
  theme: ComputedRef<Theme>
  toggleTheme: () => void
  toggleLang: () => void
  /** The text of an entry in the page's language. */
  term: (entry: { zh: string; en: string }) => string
}

/** Makes the page's state from the address, and keeps address, title and document equal to it. */
export function usePage(title: (lang: Lang) => string): Page {
  const query = new URLSearchParams(location.search)
  const lang = ref<Lang>(query.get('lang') === 'en' ? 'en' : 'zh')
  const chosen = ref<Theme>(query.get('theme') === 'dark' ? 'dark' : 'light')
  const printing = ref(false)
  const theme = computed(() => (printing.value ? 'light' : chosen.value))

  watch(
    [lang, chosen],
    () => {
      document.documentElement.lang = lang.value === 'zh' ? 'zh-CN' : 'en'
      document.title = title(lang.value)
      keepQuery({ lang: lang.value === 'en' ? 'en' : null, theme: chosen.value === 'dark' ? 'dark' : null })
    },
    { immediate: true },
  )
  // At once: the browser takes its picture for the paper when the event ends.
  watch(theme, (to) => document.documentElement.setAttribute('data-theme', to), { immediate: true, flush: 'sync' })
  const before = () => {
    document.documentElement.classList.add('printing')
    printing.value = true
  }
  const after = () => {
    document.documentElement.classList.remove('printing')
    printing.value = false
  }
  onMounted(() => {
    addEventListener('beforeprint', before)
    addEventListener('afterprint', after)
  })
  onBeforeUnmount(() => {
    removeEventListener('beforeprint', before)
    removeEventListener('afterprint', after)
  })
  return {
    lang,
    theme,
    toggleTheme: () => (chosen.value = chosen.value === 'dark' ? 'light' : 'dark'),
    toggleLang: () => (lang.value = lang.value === 'zh' ? 'en' : 'zh'),
    term: (entry) => (lang.value === 'zh' ? entry.zh : entry.en || entry.zh),
  }
}

/** Sets or removes (null) parameters of the address without a step in the history. */
export function keepQuery(change: Record<string, string | null>): void {
  const query = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(change)) {
    if (value === null) query.delete(name)
    else query.set(name, value)
  }
  const text = query.toString()
  history.replaceState(null, '', location.pathname + (text ? `?${text}` : ''))
}
