// A field of so many cells that a county does not have them, played step by
// step: how many frames a second the page draws.
// Both come with maplibre-gl.
import { GeoJSONVT } from '@maplibre/geojson-vt'
import { fromGeojsonVt } from '@maplibre/vt-pbf'
import { api, keep, open, settle } from './browser.mjs'

export const played = (page) => page.waitForFunction(() => window.__reli.app.playback.table !== null)

/** Cells that fill the county's box, and what the server would answer for their playback; nearly every cell changes its class with each step. */
export async function fieldOf(many, steps) {
  const { bbox } = await api('/v1/freshness')
  const width = Math.ceil(Math.sqrt(many * 1.27))
  const cells = hexagons(bbox, width, Math.ceil(many / width), many)
  const answer = {
    layer: 'hex', step: 'week', ids: cells.map((c) => c.properties.id), breaks: [2, 3, 4, 6, 9],
    steps: Array.from({ length: steps }, (_, j) => new Date(Date.UTC(2025, 0, 6 + 7 * j)).toISOString().slice(0, 10)),
    counts: cells.map((_, i) => Array.from({ length: steps }, (_, j) => (i * 7919 + j * 104729) % 12)),
    colors: { dark: ['#1B1540', '#4A2A7F', '#8A3A99', '#CC5FA6', '#F7A8CC', '#FFE9F3'], light: [] },
  }
  const index = new GeoJSONVT({ type: 'FeatureCollection', features: cells }, { maxZoom: 14, indexMaxPoints: 0, indexMaxZoom: 9, extent: 4096, buffer: 64 })
  return { answer, index, steps }
}

/** Opens the page with the field in the server's place, and plays it once from its first step to its last. */
export async function playField(browser, { answer, index, steps }) {
  const opened = await open(browser, '?play=week', {
    before: async (page) => {
      await page.route('**/v1/playback/hex?**', (route) => route.fulfill({ json: answer }))
      await page.route('**/v1/tiles/hex/**', (route) => {
        const [z, x, y] = /(\d+)\/(\d+)\/(\d+)\.mvt/.exec(route.request().url()).slice(1).map(Number)
        const tile = index.getTile(z, x, y)
        return route.fulfill({ contentType: 'application/vnd.mapbox-vector-tile', body: tile ? Buffer.from(fromGeojsonVt({ hex: tile })) : Buffer.alloc(0) })
      })
    },
  })
  try {
    await played(opened.page)
    await settle(opened.page)
    await keep(opened.page, `playback-${answer.ids.length}`)
    const told = await opened.page.evaluate(async (rounds) => {
      const { map, app } = window.__reli
      const inSight = new Set(map.queryRenderedFeatures({ layers: [`${window.__reli.field().source}-fill`] }).map((f) => f.properties.id)).size
      const frame = () => new Promise((done) => {
        map.once('render', done)
        map.triggerRepaint()
      })
      let script = 0
      const run = async (n, each) => {
        const start = performance.now()
        for (let i = 0; i < n; i++) {
          const before = performance.now()
          each(i)
          script += performance.now() - before
          await frame()
        }
        return (1000 * n) / (performance.now() - start)
      }
      await run(5, () => undefined)
      const still = await run(30, () => undefined)
      script = 0
      const moving = await run(rounds, (i) => app.playback.show(i % rounds))
      return { inSight, still, moving, script: script / rounds }
    }, steps)
    return { ...told, steps, faults: opened.faults }
  } finally {
    await opened.close()
  }
}

export const playedText = ({ inSight, steps, moving, still, script }) =>
  `playback: ${inSight} cells in sight, ${steps} weeks: ${moving.toFixed(1)} frames/s; the same map unmoved ${still.toFixed(1)} frames/s; ${script.toFixed(1)} ms of script a step`

/** A field of hexagons that fills a box, with ids as the tiles have them. */
function hexagons([west, south, east, north], width, height, most) {
  const [dx, dy] = [(east - west) / (width + 1), (north - south) / (height + 1)]
  const cells = []
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width && cells.length < most; col++) {
      const [x, y] = [west + dx * (col + 0.5 + (row % 2) / 2), south + dy * (row + 0.5)]
      const ring = [30, 90, 150, 210, 270, 330, 30].map((a) => [x + dx * 0.577 * Math.cos((a * Math.PI) / 180), y + dy * 0.667 * Math.sin((a * Math.PI) / 180)])
      cells.push({ type: 'Feature', geometry: { type: 'Polygon', coordinates: [ring] }, properties: { id: `c${cells.length}`, value: 5, count: 5 } })
    }
  }
  return cells
}
