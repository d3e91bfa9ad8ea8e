import { onScopeDispose, ref, type Ref } from 'vue'

/** Pixels of one unit of the wall, which wall.css makes of the window's size. */
export function wallUnit(): number {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) / 100
}

/** The same, kept up to date. */
export function useUnit(): Ref<number> {
  const unit = ref(wallUnit())
  const read = () => (unit.value = wallUnit())
  window.addEventListener('resize', read)
  onScopeDispose(() => window.removeEventListener('resize', read))
  return unit
}
