// The pages on a city: a million incidents, 14,216 grids.
// RELI_URL=http://… node e2e/city.mjs, or TestThePagesOfACity in make soak.
import assert from 'node:assert/strict'
import { api, BASE, keep, launch, number, selection, settle, visit } from './browser.mjs'
import { played } from './field.mjs'
import { openWall } from './wall.mjs'

const browser = await launch()
const done = (what, more = '') => console.log(`  ${what}${more && `: ${more}`}`)

await visit(browser, '?layer=grid', async (page) => {
  const sketch = await page.evaluate(() => performance.getEntriesByName('reli:sketch')[0]?.startTime ?? 0)
  const { at, legend } = await page.evaluate(() => ({ at: window.__reli.readyAt, legend: { ...window.__reli.app.legend.data } }))
  const { groups } = await api(`/v1/breakdown?by=grid&${await selection(page)}`)
  const counts = new Map(groups.map((g) => [g.key, g.count]))
  const drawn = await page.evaluate(() => window.__reli.map.querySourceFeatures(window.__reli.field().source, { sourceLayer: 'grid' }).map((f) => [f.properties.id, f.properties.count]))
  const values = new Map(drawn)
  assert.ok(values.size > 10_000, `${values.size} grids on the map`)
  assert.deepEqual([...values].filter(([code, n]) => n !== (counts.get(code) ?? 0)), [], 'counts of the map and of the API')
  assert.equal(number(await page.getByTestId('total').first().textContent()), legend.total)
  await keep(page, 'city-grid')
  done('grids', `${values.size} on the map with the API's counts; sketch after ${sketch.toFixed(0)} ms, all after ${at.toFixed(0)}`)
})

await visit(browser, '?layer=grid&play=week', async (page) => {
  await played(page)
  await settle(page)
  const { rate, steps } = await page.evaluate(async () => {
    const { playback } = window.__reli.app
    const steps = playback.table.steps.length
    await new Promise(requestAnimationFrame)
    const start = performance.now()
    for (let i = 0; i < steps; i++) {
      playback.show(i)
      await new Promise(requestAnimationFrame)
    }
    return { rate: (1000 * steps) / (performance.now() - start), steps }
  })
  await keep(page, 'city-playback')
  done('playback', `${steps} weeks of 14,216 grids at ${rate.toFixed(0)} frames/s`)
})

await visit(browser, '?layer=township', async (page) => {
  const { areas } = await api('/v1/areas?level=township')
  await page.getByRole('combobox').first().fill(areas[3].name)
  await page.getByRole('option').first().waitFor()
  assert.ok((await page.getByRole('option').allTextContents()).some((o) => o.includes(areas[3].name)))
  done('search finds a township')
})

const { page: wall, faults, close } = await openWall(browser, `${BASE}/wall?rotate=0`)
const { areas: townships } = await api('/v1/areas?level=township')
assert.equal(await wall.evaluate(() => window.__wall.wall.townships.value.length), townships.length)
await keep(wall, 'city-wall')
assert.deepEqual(faults, [])
await close()
done('wall', `${townships.length} townships`)
await browser.close()
