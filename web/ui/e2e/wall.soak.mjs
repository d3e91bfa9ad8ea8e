// The wall for a long time: news every second, a picture each minute that is not
// blank, and memory that does not grow. RELI_SOAK_MINUTES says how long.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BASE, launch } from './browser.mjs'
import { openWall, postIncident, coveredShare } from './wall.mjs'

const MINUTES = Number(process.env.RELI_SOAK_MINUTES ?? 30)
/** Code and caches are warm after this share of the time. */
const WARM = 0.2
const MOST_GROWTH = 0.1
/** Legend and title alone cover a twentieth. */
const LEAST_COVERED = 0.15

const browser = await launch()
const { page, faults } = await openWall(browser, `${BASE}/wall`)
const devtools = await page.context().newCDPSession(page)
const start = Date.now()
const elapsed = () => (Date.now() - start) / 60_000

/** Bytes in use after all that can be collected was, elements of the page and timers that run. */
async function memory() {
  for (let i = 0; i < 3; i++) await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devtools.send('Runtime.getHeapUsage')
  const { nodes } = await devtools.send('Memory.getDOMCounters')
  return { at: elapsed(), heap: usedSize, nodes, timers: await page.evaluate(() => window.__wall.wall.timers.size()) }
}

const samples = []
const blank = []
let posted = 0
let failed = 0
for (let second = 0; elapsed() < MINUTES; second++) {
  const next = start + 1000 * (second + 1)
  await postIncident().then(() => posted++, () => failed++)
  if (second % 60 === 30) {
    // The map is behind the figures of the month while that page is on.
    const month = await page.getByTestId('month-page').count()
    const picture = month ? undefined : await page.getByTestId('map').screenshot()
    const share = picture ? coveredShare(picture) : 1
    if (share < LEAST_COVERED) {
      blank.push(elapsed())
      if (process.env.RELI_ARTIFACTS) writeFileSync(join(process.env.RELI_ARTIFACTS, `wall-blank-${blank.length}.png`), picture)
    }
    const m = await memory()
    samples.push(m)
    console.log(`soak: ${m.at.toFixed(1)} min, heap ${(m.heap / 2 ** 20).toFixed(1)} MiB, ${m.nodes} nodes, ${m.timers} timers, covered ${(100 * share).toFixed(1)} %, ${posted} posted, ${failed} refused`)
  }
  await new Promise((done) => setTimeout(done, Math.max(0, next - Date.now())))
}
samples.push(await memory())
const warm = samples.filter((s) => s.at >= WARM * MINUTES)
const half = (list) => list.reduce((n, s) => n + s.heap, 0) / list.length
const [early, late] = [half(warm.slice(0, Math.ceil(warm.length / 2))), half(warm.slice(Math.floor(warm.length / 2)))]
console.log(`soak: ${MINUTES} min, heap ${(early / 2 ** 20).toFixed(1)} → ${(late / 2 ** 20).toFixed(1)} MiB (${((100 * (late - early)) / early).toFixed(1)} %), ${samples.length - 1} pictures, ${blank.length} blank, ${posted} incidents`)
await browser.close()

assert.deepEqual(faults, [])
assert.deepEqual(blank, [], 'no picture is blank')
assert.ok(posted > 20 * MINUTES, `${posted} incidents came in`)
assert.ok(late <= early * (1 + MOST_GROWTH), 'memory does not grow')
