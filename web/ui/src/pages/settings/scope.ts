import { computed, type ComputedRef } from 'vue'
import type { Area, Dictionaries } from '../../api/types'
import { useResource, type Resource } from '../../store/resource'
import { SCOPED, type Scope } from './api'
import type { Text } from './text'

/** The words of scopes: names of areas, categories and sources. */
export function useScopeWords(text: () => Text, lang: () => 'zh' | 'en'): { dictionaries: Resource<Dictionaries>; words: ComputedRef<(role: string, scope: Scope) => string> } {
  const dictionaries = useResource<Dictionaries>(() => '/v1/dictionaries')
  const areas = useResource<{ areas: Area[] }>(() => '/v1/areas')
  const names = computed(() => new Map(areas.data?.areas.map((a) => [a.code, a.name])))
  const words = computed(() => (role: string, scope: Scope) => {
    if (!SCOPED.includes(role)) return role === 'administrator' ? text().everything : text().noScope
    const term = (kind: 'categories' | 'sources', code: string) => {
      const t = dictionaries.data?.[kind].find((x) => x.code === code)
      return t ? (lang() === 'zh' ? t.zh : t.en) : code
    }
    const parts = [
      (scope.areas ?? []).map((c) => names.value.get(c) ?? c),
      (scope.categories ?? []).map((c) => term('categories', c)),
      (scope.sources ?? []).map((c) => term('sources', c)),
    ].filter((p) => p.length > 0)
    return parts.length > 0 ? parts.map((p) => p.join(lang() === 'zh' ? '、' : ', ')).join(' · ') : text().everything
  })
  return { dictionaries, words }
}
