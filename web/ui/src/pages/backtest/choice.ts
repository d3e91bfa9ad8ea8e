import { fill } from '../../components/siteText'
import type { Choice } from './api'
import type { Text } from './text'

/** The model that the weeks before the holdout chose, in words. */
export function choiceWords(c: Choice, text: Text): string {
  const parts = [fill(text.halfLife, { n: c.half_life_weeks })]
  if (c.level_half_life_weeks > 0) parts.push(fill(text.area, { n: c.level_half_life_weeks }))
  if (c.season) parts.push(text.season)
  if (c.long_memory) parts.push(text.longMemory)
  if (c.self_exciting) parts.push(text.selfExciting)
  if (c.neighbours) parts.push(text.neighbours)
  if (c.default) parts.push(text.byDefault)
  return parts.join(' · ')
}
