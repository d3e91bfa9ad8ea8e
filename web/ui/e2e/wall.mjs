// What the tests of the wall share: opening it, a wire to the server that can
// be cut, incidents that come in, and whether a picture is blank.
import { createConnection, createServer } from 'node:net'
import { PNG } from 'pngjs'
import { BASE, PATIENCE_MS, api } from './browser.mjs'

/** Opens the wall and waits until its map is drawn and its numbers are there. */
export async function openWall(browser, url, { width = 1920, height = 1080, before } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  await before?.(page)
  const faults = []
  page.on('console', (m) => m.type() === 'error' && faults.push(`console: ${m.text()}`))
  page.on('pageerror', (e) => faults.push(`page: ${e.message}`))
  page.on('request', (r) => {
    const at = new URL(r.url())
    if (!['data:', 'blob:'].includes(at.protocol) && at.origin !== new URL(url).origin) faults.push(`other host: ${at.origin}`)
  })
  await page.goto(url)
  await page.waitForFunction(() => window.__wall, null, { timeout: PATIENCE_MS })
  await page.evaluate(() => window.__wall.control.ready)
  await page.getByTestId('open').waitFor()
  await page.waitForFunction(() => Object.entries(window.__wall.wall.panels).every(([name, p]) => name.startsWith('month') || p.data || p.error || p.hidden))
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

/** Share of an element's pixels that have a colour, as fields and levels do; ground, lines and words are nearly grey. */
export async function colourShare(page, id) {
  const { data } = PNG.sync.read(await page.getByTestId(id).screenshot())
  let coloured = 0
  for (let i = 0; i < data.length; i += 4) if (Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 60) coloured++
  return coloured / (data.length / 4)
}
