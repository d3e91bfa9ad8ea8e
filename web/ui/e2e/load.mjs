// How long the first map takes and how much script it needs.
import { gzipSync } from 'node:zlib'
import { BASE, PATIENCE_MS } from './browser.mjs'

/**
 * Visits the map page in a context: when its first map was on the screen, which
 * is the sketch, and when the map with names and everything to click was, in ms
 * since it was asked for; its script in bytes gzipped.
 */
export async function firstMap(context) {
  const page = await context.newPage()
  const scripts = []
  page.on('response', (r) => new URL(r.url()).pathname.endsWith('.js') && scripts.push(r))
  await page.goto(BASE)
  await page.waitForFunction(() => window.__reli?.readyAt > 0, null, { timeout: PATIENCE_MS })
  const { at, whole } = await page.evaluate(() => {
    const whole = window.__reli.readyAt
    const drawn = performance.getEntriesByName('reli:sketch')[0]?.startTime ?? Infinity
    // The browser's own word for when a first picture was presented.
    const painted = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0
    return { at: Math.min(whole, Math.max(drawn, painted)), whole }
  })
  const bodies = await Promise.all(scripts.map((r) => r.body().catch(() => Buffer.alloc(0))))
  await page.close()
  return { at, whole, bytes: bodies.reduce((n, b) => n + gzipSync(b).length, 0) }
}
