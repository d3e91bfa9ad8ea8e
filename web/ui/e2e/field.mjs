// A field of so many cells that a county does not have them, played step by
// step: how many frames a second the page draws.
// Both come with maplibre-gl.
import { GeoJSONVT } from '@maplibre/geojson-vt'
import { fromGeojsonVt } from '@maplibre/vt-pbf'
import { api, coloursAt, keep, open, settle } from './browser.mjs'

/** County and ground of src/map/palette, which cells where nothing happened leave bare. */
const BARE = ['#0f182a', '#0b1220']

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
      let script = 0
      // A frame begins when the one before it is on its way to the screen.
      const run = async (n, each) => {
        await new Promise(requestAnimationFrame)
        const start = performance.now()
        for (let i = 0; i < n; i++) {
          const before = performance.now()
          each(i)
          await Promise.resolve()
          script += performance.now() - before
          await new Promise(requestAnimationFrame)
        }
        return (1000 * n) / (performance.now() - start)
      }
      const still = await run(10, () => map.triggerRepaint())
      await run(3, (i) => app.playback.show(i))
      script = 0
      const moving = await run(rounds, (i) => app.playback.show(i % rounds))
      return { inSight, still, moving, script: script / rounds }
    }, steps)
    return { ...told, steps, wrong: await wrongColours(opened.page, answer), faults: opened.faults }
  } finally {
    await opened.close()
  }
}

/** Looks at some cells in some steps: those whose colour on the screen is not that of their class. */
async function wrongColours(page, { ids, counts, breaks, colors }) {
  const wrong = []
  for (const step of [0, 7, 40]) {
    await page.evaluate((step) => window.__reli.app.playback.show(step), step)
    const cells = await page.evaluate(() => {
      const { map } = window.__reli
      const seen = map.queryRenderedFeatures([[500, 250], [900, 700]], { layers: [`${window.__reli.field().source}-fill`] })
      return seen.filter((_, i) => i % 97 === 0).map((f) => {
        const ring = f.geometry.coordinates[0].slice(1)
        const at = map.project([0, 1].map((k) => ring.reduce((sum, p) => sum + p[k] / ring.length, 0)))
        return { id: f.properties.id, x: at.x, y: at.y }
      })
    })
    for (const { id, x, y } of cells) {
      const n = counts[ids.indexOf(id)][step]
      const told = n > 0 ? [colors.dark[breaks.filter((b) => n >= b).length].toLowerCase()] : BARE
      const [drawn] = await coloursAt(page, x, y, 2)
      if (!told.includes(drawn)) wrong.push({ id, step, n, told, drawn })
    }
  }
  return wrong
}

export const playedText = ({ inSight, steps, moving, still, script }) =>
  `playback: ${inSight} cells in sight, ${steps} weeks: ${moving.toFixed(1)} frames/s; the map itself ${still.toFixed(1)} frames/s; ${script.toFixed(1)} ms of script a step`

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
