/** Below this many people a rate says more about chance than about the place. */
export const RATE_FLOOR = 1000

export interface Figures {
  count: number
  /** Count of the whole county under the same selection. */
  whole: number
  population: number | null
  /** Count of the period before; null where it reaches outside the data. */
  before: number | null
}

/** Incidents per 10,000 people; null without a population or below the floor. */
export function ratePer10k(f: Figures): number | null {
  if (f.population === null || f.population < RATE_FLOOR) return null
  return (f.count * 10_000) / f.population
}
