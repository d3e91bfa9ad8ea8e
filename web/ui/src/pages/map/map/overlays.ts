import type { GeoJSONSource, Map } from 'maplibre-gl'
import { watch } from 'vue'
import type { AreaLevel, Spot } from '../../../api/types'
import { badgeLayers, spotLayers, syncLayers } from '../../../map/layers'
import type { App } from '../store/app'

/** Most rings: a list of everything tells nothing. */
const MOST_SPOTS = 30

function spotPoints(spots: readonly Spot[]): GeoJSON.FeatureCollection<GeoJSON.Point> {
  const hot = spots.filter((s) => s.class.includes('hot')).slice(0, MOST_SPOTS)
  return {
    type: 'FeatureCollection',
    features: hot.map((s, i) => ({ type: 'Feature', geometry: { type: 'Point', coordinates: s.center }, properties: { id: s.id, rank: i + 1 } })),
  }
}

/** Keeps what lies under and over the field as the page's state says: base map and hot spots. */
export function keepOverlays(map: Map, app: App): void {
  const { view } = app

  watch([() => app.base.data, app.baseShown] as const, ([base, shown]) => {
    base?.tiles.forEach((path, i) => {
      const id = `base-${i}`
      if (!map.getSource(id)) {
        map.addSource(id, { type: 'raster', tiles: [location.origin + path], tileSize: 256, maxzoom: 18 })
        map.addLayer({ id, type: 'raster', source: id, paint: { 'raster-fade-duration': 0 } }, 'county')
      }
      map.setLayoutProperty(id, 'visibility', shown ? 'visible' : 'none')
      map.setPaintProperty(id, 'raster-brightness-max', view.theme === 'dark' ? 0.55 : 1)
      map.setPaintProperty(id, 'raster-saturation', -0.6)
    })
  }, { immediate: true })
  watch(() => view.theme, (theme) => {
    app.base.data?.tiles.forEach((_, i) => map.getLayer(`base-${i}`) && map.setPaintProperty(`base-${i}`, 'raster-brightness-max', theme === 'dark' ? 0.55 : 1))
  })

  watch(() => [app.spots.data, view.theme] as const, ([found, theme]) => {
    if (!map.getSource('spots')) {
      if (!found) return
      map.addSource('spots', { type: 'geojson', data: spotPoints([]) })
    }
    syncLayers(map, spotLayers(theme))
    map.getSource<GeoJSONSource>('spots')?.setData(spotPoints(found?.spots ?? []))
  }, { immediate: true })

  watch(() => app.levels.data, async (found) => {
    const areas = found?.areas.filter((a) => a.level > 0) ?? []
    if (!map.getSource('badges')) {
      if (areas.length === 0) return
      map.addSource('badges', { type: 'geojson', data: badgePoints([], app) })
      syncLayers(map, badgeLayers())
    }
    // Where a place lies is known of townships and villages; grids are asked for with their village.
    const missing = new Set(areas.filter((a) => !app.areas.byCode.has(a.area)).map((a) => a.parent))
    await Promise.all([...missing].slice(0, MOST_PARENTS).map((p) => app.areas.loadChildren(p).catch(() => [])))
    if (app.levels.data === found) map.getSource<GeoJSONSource>('badges')?.setData(badgePoints(areas, app))
  }, { immediate: true })
}

/** Most villages whose grids are asked for; a county with more has more badges than anyone reads. */
const MOST_PARENTS = 60

function badgePoints(areas: readonly AreaLevel[], app: App): GeoJSON.FeatureCollection<GeoJSON.Point> {
  const features: GeoJSON.Feature<GeoJSON.Point>[] = []
  for (const a of areas) {
    const at = app.areas.byCode.get(a.area)
    if (at) features.push({ type: 'Feature', geometry: { type: 'Point', coordinates: at.center }, properties: { level: a.level } })
  }
  return { type: 'FeatureCollection', features }
}
