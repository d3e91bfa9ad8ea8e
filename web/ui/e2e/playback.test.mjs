// Playback of the window: what it draws, that it asks once, and how fast it is.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
// Both come with maplibre-gl.
import { GeoJSONVT } from '@maplibre/geojson-vt'
import { fromGeojsonVt } from '@maplibre/vt-pbf'
import { api, keep, launch, number, open, settle, skip, visit } from './browser.mjs'

const played = (page) => page.waitForFunction(() => window.__reli.app.playback.table !== null)

describe('playback', { skip }, () => {
  let browser
  before(async () => {
    browser = await launch()
  })
  after(() => browser?.close())

  test('shows the API’s counts step by step without another request', () => visit(browser, '?layer=village&play=week', async (page, { requests }) => {
    await played(page)
    const answer = await api(requests.find((r) => r.startsWith('/v1/playback/')))
    const shown = () => page.getByTestId('play-total').textContent().then(number)
    const sum = (j) => answer.counts.reduce((n, row) => n + row[j], 0)
    assert.equal(await page.evaluate(() => window.__reli.app.playback.playing), false, 'nothing plays by itself')
    assert.equal(await shown(), sum(0))

    const before = requests.length
    for (let j = 1; j <= 3; j++) {
      await page.getByTestId('play-next').click()
      await page.waitForFunction((j) => window.__reli.app.playback.at === j, j)
      assert.equal(await shown(), sum(j))
    }
    await page.getByTestId('play-at').focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await page.waitForFunction(() => window.__reli.app.playback.at === 5)
    assert.equal(await shown(), sum(5))
    assert.equal(number(await page.getByTestId('total').first().textContent()), sum(5), 'the legend counts what is in sight')
    assert.deepEqual(requests.slice(before).filter((r) => r.startsWith('/v1/')), [], 'no request for a step')

    assert.ok(page.url().includes(`play=week.${answer.steps[5]}`))
    await keep(page, 'playback-1440-zh-dark')
    await visit(browser, new URL(page.url()).search, async (again) => {
      await played(again)
      assert.equal(number(await again.getByTestId('play-total').textContent()), sum(5), 'the address opens the same step')
    })
  }))

  test('plays, pauses, plays to its end, and ends', () => visit(browser, '?layer=township&play=week', async (page) => {
    await played(page)
    await page.getByTestId('choose-all').click()
    await page.waitForFunction(() => window.__reli.app.playback.table.steps.length > 50)
    const playing = () => page.evaluate(() => window.__reli.app.playback.playing)
    await page.getByTestId('play').click()
    await page.waitForFunction(() => window.__reli.app.playback.at >= 1)
    assert.equal(await playing(), true)
    await page.getByTestId('play').click()
    assert.equal(await playing(), false)
    await page.getByTestId('play-at').focus()
    await page.keyboard.press('End')
    await page.getByTestId('play-back').click()
    await page.getByTestId('play').click()
    await page.waitForFunction(() => !window.__reli.app.playback.playing && window.__reli.app.playback.at === window.__reli.app.playback.table.steps.length - 1)
    await page.getByTestId('open-play').click()
    await settle(page)
    assert.equal(await page.evaluate(() => window.__reli.app.playback.table), null)
    assert.ok(!page.url().includes('play='))
  }))

  test('5,000 cells move through 52 weeks as fast as the map can be drawn', async () => {
    const [steps, width, height] = [52, 80, 63]
    const { bbox } = await api('/v1/freshness')
    const cells = hexagons(bbox, width, height)
    const index = new GeoJSONVT({ type: 'FeatureCollection', features: cells }, { maxZoom: 14, indexMaxPoints: 0, indexMaxZoom: 9, extent: 4096, buffer: 64 })
    const answer = {
      layer: 'hex', step: 'week', ids: cells.map((c) => c.properties.id), breaks: [2, 3, 4, 6, 9],
      steps: Array.from({ length: steps }, (_, j) => new Date(Date.UTC(2025, 0, 6 + 7 * j)).toISOString().slice(0, 10)),
      counts: cells.map((_, i) => Array.from({ length: steps }, (_, j) => (i * 7919 + j * 104729) % 12)),
      colors: { dark: ['#1B1540', '#4A2A7F', '#8A3A99', '#CC5FA6', '#F7A8CC', '#FFE9F3'], light: [] },
    }
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
      await keep(opened.page, 'playback-5000')
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
      console.log(`playback: ${told.inSight} cells in sight, ${steps} weeks: ${told.moving.toFixed(1)} frames/s; the same map unmoved ${told.still.toFixed(1)} frames/s; ${told.script.toFixed(1)} ms of script a step`)
      assert.ok(told.inSight >= 4900, `${told.inSight} cells in sight`)
      // The machine may be busy: what the steps cost is measured against the map drawn again as it is.
      assert.ok(told.moving >= Math.min(20, told.still / 4), `${told.moving} frames/s, unmoved ${told.still}`)
      assert.deepEqual(opened.faults, [])
    } finally {
      await opened.close()
    }
  })
})

/** A field of hexagons that fills a box, with ids as the tiles have them. */
function hexagons([west, south, east, north], width, height) {
  const [dx, dy] = [(east - west) / (width + 1), (north - south) / (height + 1)]
  const cells = []
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width && cells.length < 5000; col++) {
      const [x, y] = [west + dx * (col + 0.5 + (row % 2) / 2), south + dy * (row + 0.5)]
      const ring = [30, 90, 150, 210, 270, 330, 30].map((a) => [x + dx * 0.577 * Math.cos((a * Math.PI) / 180), y + dy * 0.667 * Math.sin((a * Math.PI) / 180)])
      cells.push({ type: 'Feature', geometry: { type: 'Polygon', coordinates: [ring] }, properties: { id: `c${cells.length}`, value: 5, count: 5 } })
    }
  }
  return cells
}
