import type { Insets } from '../../../geo/camera'

/** Below this width the page is that of a phone. */
export const PHONE = '(max-width: 760px)'

/** What the page lays over its map: the rail and the panel, or on a phone the search and the sheet. */
export function insetsOf(shown: { phone: boolean; path: boolean; panel: boolean; sheet: 'peek' | 'half' | 'full' }): Insets {
  if (!shown.phone) return { top: 64, right: shown.panel ? 420 : 48, bottom: 32, left: 352 }
  const bottom = shown.sheet === 'peek' ? 116 : Math.round(window.innerHeight * 0.52) + 16
  return { top: shown.path ? 112 : 72, right: 16, bottom, left: 16 }
}

/** The sheet as the page opens with it. */
export const firstSheet = (picked: unknown) => (picked ? 'half' : 'peek')
