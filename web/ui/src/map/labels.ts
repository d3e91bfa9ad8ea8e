import type { Area } from '../api/types'

/** Points that carry the names of areas. */
export function labelPoints(areas: Iterable<Area>): GeoJSON.FeatureCollection<GeoJSON.Point> {
  const features: GeoJSON.Feature<GeoJSON.Point>[] = []
  for (const a of areas) {
    if (a.level === 'county') continue
    features.push({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: a.center },
      properties: { code: a.code, name: a.name, level: a.level, population: a.population },
    })
  }
  return { type: 'FeatureCollection', features }
}

const PATIENCE_MS = 1500

/**
 * Loads the shipped font for these names. The map draws each glyph once from
 * whatever font is there, so the names wait for theirs, but not for ever.
 */
export async function loadFontFor(areas: readonly Area[]): Promise<void> {
  await import('../styles/fonts')
  const textOf = (strong: boolean) => [...new Set(areas.filter((a) => (a.level === 'township') === strong).map((a) => a.name).join(''))].join('')
  const fonts = [document.fonts.load('400 24px "Noto Sans SC"', textOf(false)), document.fonts.load('600 24px "Noto Sans SC"', textOf(true))]
  const patience = new Promise((done) => setTimeout(done, PATIENCE_MS))
  await Promise.race([Promise.all(fonts), patience])
}
