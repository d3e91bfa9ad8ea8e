// How much and how long the first map takes.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { BASE, PATIENCE_MS, launch, skip } from './browser.mjs'

const MOST_SCRIPT = 450 * 1024

describe('the first map', { skip }, () => {
  let browser
  before(async () => {
    browser = await launch()
  })
  after(() => browser?.close())

  test('needs little script and little time', async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    const scripts = []
    async function visit() {
      const page = await context.newPage()
      page.on('response', (r) => new URL(r.url()).pathname.endsWith('.js') && scripts.push(r))
      await page.goto(BASE)
      await page.waitForFunction(() => window.__reli?.readyAt > 0, null, { timeout: PATIENCE_MS })
      const at = await page.evaluate(() => window.__reli.readyAt)
      const bodies = await Promise.all(scripts.splice(0).map((r) => r.body().catch(() => Buffer.alloc(0))))
      await page.close()
      return { at, bytes: bodies.reduce((n, b) => n + gzipSync(b).length, 0) }
    }
    const cold = await visit()
    const warm = await visit()
    await context.close()
    // The time is told and not asserted: on a busy machine it says more about the machine. The bars are 1,500 and 500 ms.
    console.log(`first map: cold ${cold.at.toFixed(0)} ms, warm ${warm.at.toFixed(0)} ms, ${(cold.bytes / 1024).toFixed(0)} KB of script gzipped`)
    assert.ok(cold.bytes > 0 && cold.bytes <= MOST_SCRIPT, `${cold.bytes} bytes of script`)
  })
})
