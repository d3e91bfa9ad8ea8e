// What the tests of the wall share: opening it, a wire to the server that can
// be cut, incidents that come in, and whether a picture is blank.
import { createConnection, createServer } from 'node:net'
import { PNG } from 'pngjs'
import { BASE, PATIENCE_MS, api, faultsOf } from './browser.mjs'

/** Waits until the wall's map is drawn and each of its panels has an answer; its event stream never ends. */
export async function wallDrawn(page) {
  await page.waitForFunction(() => window.__wall, null, { timeout: PATIENCE_MS })
  await page.evaluate(() => window.__wall.control.ready)
  await page.waitForFunction(() => Object.entries(window.__wall.wall.panels).every(([name, p]) => name.startsWith('month') || p.data || p.error || p.hidden))
}

/** Opens the wall and waits until its map is drawn and its numbers are there. */
export async function openWall(browser, url, { width = 1920, height = 1080, timezoneId, before } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce', ...(timezoneId ? { timezoneId } : {}) })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  await before?.(page)
  const faults = faultsOf(page, url)
  await page.goto(url)
  await wallDrawn(page)
  await page.getByTestId('open').waitFor()
  return { page, faults, close: () => context.close() }
}

/** A TCP wire to the server, which can be cut and mended. */
export async function relay(base) {
  const { hostname, port } = new URL(base)
  const open = new Set()
  const server = createServer((from) => {
    const to = createConnection({ host: hostname, port: Number(port) })
    for (const [a, b] of [[from, to], [to, from]]) {
      open.add(a)
      a.on('error', () => b.destroy())
      a.on('close', () => {
        open.delete(a)
        b.destroy()
      })
      a.pipe(b)
    }
  })
  server.unref()
  const listen = (at) => new Promise((done) => server.listen(at, hostname, done))
  await listen(0)
  const at = server.address().port
  return {
    url: `http://${hostname}:${at}`,
    cut: () => new Promise((done) => {
      server.close(done)
      for (const s of open) s.destroy()
    }),
    mend: () => listen(at),
  }
}

let sent = 0
/** One more open incident on the last day of the data, somewhere in the county. */
export async function postIncident(n = 1) {
  const { last_day, bbox } = await api('/v1/freshness')
  const rows = Array.from({ length: n }, () => {
    sent++
    const share = (sent * 0.61803) % 1
    return JSON.stringify({
      source: 'grid', source_id: `wall-${process.pid}-${Date.now()}-${sent}`, occurred_at: `${last_day} 09:00`, category: 'neighbour', crs: 'WGS84',
      lng: bbox[0] + (bbox[2] - bbox[0]) * (0.4 + 0.2 * share), lat: bbox[1] + (bbox[3] - bbox[1]) * (0.4 + 0.2 * share),
    })
  })
  const response = await fetch(`${BASE}/v1/incidents`, { method: 'POST', headers: { 'Content-Type': 'application/x-ndjson' }, body: rows.join('\n') })
  const answer = await response.json()
  if (!response.ok || answer.accepted !== n) throw new Error(JSON.stringify(answer))
}

/** Share of a picture's pixels that take a condition, of [r, g, b]. */
function share(png, takes) {
  const { data } = PNG.sync.read(png)
  let n = 0
  for (let i = 0; i < data.length; i += 4) if (takes(data.subarray(i, i + 3))) n++
  return n / (data.length / 4)
}

/** Share of an element's pixels that have a colour, as fields and levels do; ground, lines and words are nearly grey. */
export const colourShare = async (page, id) => share(await page.getByTestId(id).screenshot(), (c) => Math.max(...c) - Math.min(...c) > 60)

/** The map's ground where nothing is drawn on it (src/map/palette.ts, dark). */
const GROUND = [0x0b, 0x12, 0x20]

/** Share of a picture of the map that something is drawn on, be it as dim as a level's area. */
export const coveredShare = (png) => share(png, (c) => c.some((v, i) => Math.abs(v - GROUND[i]) > 8))
