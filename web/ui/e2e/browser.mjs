// A browser for the tests of the page: the system's Chromium, software
// graphics, and a note of everything that must not happen.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

export const number = (text) => Number(text.replace(/[^\d.−-]/g, '').replace('−', '-'))
export const skip = process.env.RELI_URL ? false : 'RELI_URL is not set: there is no server to test the page against'
export const BASE = process.env.RELI_URL?.replace(/\/$/, '')
const ARTIFACTS = process.env.RELI_ARTIFACTS
const CHROMIUM = process.env.RELI_CHROMIUM ?? '/usr/bin/chromium'
/** Software graphics on a loaded machine are slow; nothing here waits that long in vain. */
export const PATIENCE_MS = 60_000

function settings() {
  return {
    executablePath: CHROMIUM,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // The browser's own pages are not what is looked at here.
      '--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,PreloadTopChromeWebUI,WebUIReloadButton',
      // As Chromium runs on a desktop without a graphics card.
      '--disable-gpu',
      '--enable-unsafe-swiftshader',
      // The network is blocked but for the server: no name and no address of another host leads anywhere.
      `--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE ${new URL(BASE).hostname}`,
    ],
  }
}

export const launch = () => chromium.launch(settings())

/** A browser that keeps what it has seen, as people's do, while it runs; the context is its only one. */
export async function launchKept(options) {
  const profile = await mkdtemp(join(tmpdir(), 'reli-browser-'))
  const context = await chromium.launchPersistentContext(profile, { ...settings(), ...options })
  return { context, close: () => context.close().then(() => rm(profile, { recursive: true, force: true, maxRetries: 5 })) }
}

/** Fills with what must not happen on a page: errors, and requests to another host. `expected` are statuses that it asks for on purpose. */
export function faultsOf(page, url, expected = []) {
  const faults = []
  const { origin } = new URL(url)
  page.on('console', (m) => m.type() === 'error' && !expected.some((s) => m.text().includes(`status of ${s}`)) && faults.push(`console: ${m.text()}`))
  page.on('pageerror', (e) => faults.push(`page: ${e.message}`))
  page.on('request', (r) => {
    const to = new URL(r.url())
    if (!['data:', 'blob:'].includes(to.protocol) && to.origin !== origin) faults.push(`other host: ${to.origin}`)
  })
  return faults
}

/** Waits until the first map is drawn. */
export async function drawn(page) {
  await page.waitForFunction(() => window.__reli, null, { timeout: PATIENCE_MS })
  await page.evaluate((patience) => {
    const late = new Promise((_, fail) => setTimeout(() => fail(new Error('the map was not drawn in time')), patience))
    return Promise.race([window.__reli.ready, late])
  }, PATIENCE_MS)
  await settle(page)
}

/** Opens the page and waits until its map is drawn. `faults` fills with what must not happen. */
export async function open(browser, query = '', { width = 1440, height = 900, timezoneId, before } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce', ...(timezoneId ? { timezoneId } : {}) })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  await before?.(page)
  const faults = faultsOf(page, BASE)
  const requests = []
  page.on('request', (r) => {
    const url = new URL(r.url())
    if (!['data:', 'blob:'].includes(url.protocol)) requests.push(url.pathname + url.search)
  })
  await page.goto(`${BASE}/${query}`)
  await drawn(page)
  return { page, faults, requests, close: () => context.close() }
}

/** Opens the page, runs, and holds that nothing happened that must not. */
export async function visit(browser, query, run, options = {}) {
  const opened = await open(browser, query, options)
  try {
    await run(opened.page, opened)
    assert.deepEqual(opened.faults, [])
  } finally {
    await opened.close()
  }
}

/** Waits until the map stands still, its tiles are in and the legend is the view's. */
export async function settle(page) {
  await page.waitForTimeout(150)
  await page.waitForFunction(
    () => {
      const { map, app } = window.__reli
      const legend = app.legend
      const version = app.feed.data?.data_version
      const fresh = legend.data && !legend.slow && legend.key?.includes(`layer=${app.view.layer}`) && legend.key.includes(`to=${app.view.to}`) && version
      if (!map) return fresh
      return fresh && window.__reli.field()?.settled && map.areTilesLoaded() && !map.isMoving()
    },
    null,
    { timeout: PATIENCE_MS, polling: 100 },
  )
  await page.evaluate(() => new Promise((done) => {
    const { map } = window.__reli
    if (!map) return done()
    map.once('render', () => setTimeout(done, 100))
    map.triggerRepaint()
  }))
}

/** GET of the server's API, outside the page. */
export async function api(path) {
  const response = await fetch(BASE + path)
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return response.json()
}

/** Colours of a square of pixels round a point of the page, as `#rrggbb`, most frequent first. */
export async function coloursAt(page, x, y, radius) {
  const side = 2 * radius + 1
  const png = await page.screenshot({ clip: { x: Math.round(x) - radius, y: Math.round(y) - radius, width: side, height: side } })
  const pixels = await page.evaluate(async (src) => {
    const image = new Image()
    image.src = src
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = image.width
    canvas.height = image.height
    const context = canvas.getContext('2d')
    context.drawImage(image, 0, 0)
    return [...context.getImageData(0, 0, image.width, image.height).data]
  }, `data:image/png;base64,${png.toString('base64')}`)
  const counts = new Map()
  for (let i = 0; i < pixels.length; i += 4) {
    const colour = '#' + pixels.slice(i, i + 3).map((v) => v.toString(16).padStart(2, '0')).join('')
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour)
}

/** Keeps a picture of the page where RELI_ARTIFACTS says. */
export async function keep(page, name) {
  if (!ARTIFACTS) return
  await mkdir(ARTIFACTS, { recursive: true })
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`) })
}

/** The selection of the page's view as the page itself sends it. */
export const selection = (page) => page.evaluate(() => window.__reli.app.legend.key.split('?')[1].split('#')[0].replace(/(^|&)(layer|z)=[^&]*/g, ''))

/** A point of the free part of the map whose feature of a field is the one with the most (or least) and stands alone there; `x` asks for the field left of it. */
export function pointOf(page, order = 'most', x = 0) {
  return page.evaluate(([order, x]) => {
    const { map } = window.__reli
    const { source } = window.__reli.field(x > 0 ? x - 1 : undefined)
    const fill = `${source}-fill`
    const seen = new Map()
    for (const f of map.queryRenderedFeatures({ layers: [fill] })) if (!seen.has(f.properties.id)) seen.set(f.properties.id, f)
    const all = [...seen.values()].sort((a, b) => (order === 'most' ? 1 : -1) * (b.properties.value - a.properties.value))
    for (const f of all) {
      if (!(f.properties.value > 0)) continue
      const rings = f.geometry.type === 'Polygon' ? f.geometry.coordinates : f.geometry.coordinates.flat()
      const ring = rings[0].slice(1)
      const centre = ring.reduce((a, p) => [a[0] + p[0] / ring.length, a[1] + p[1] / ring.length], [0, 0])
      const at = map.project(centre)
      const free = at.x > 340 && at.x < innerWidth - 420 && at.y > 80 && at.y < innerHeight - 60
      const around = map.queryRenderedFeatures([[at.x - 4, at.y - 4], [at.x + 4, at.y + 4]])
      const own = around.filter((o) => o.layer.id === fill)
      const covered = around.some((o) => o.layer.type === 'symbol' || (o.layer.type === 'line' && !o.layer.id.endsWith('-hover') && o.source !== source))
      const alone = own.length > 0 && own.every((o) => o.properties.id === f.properties.id)
      if (free && !covered && alone && (x === 0 || at.x < x - 60)) return { x: at.x, y: at.y, ...f.properties }
    }
    return null
  }, [order, x])
}
