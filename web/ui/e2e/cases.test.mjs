// The pages where things are not as usual: a browser in another zone than the
// county, a server that has nothing, a server that is away.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { BASE, PATIENCE_MS, api, drawn, faultsOf, keep, launch, open, settle, skip } from './browser.mjs'
import { openWall, relay } from './wall.mjs'

/** A server without sign-in that nothing was read into. */
const EMPTY = process.env.RELI_EMPTY_URL?.replace(/\/$/, '')
/** An instant that is another day in the county than in UTC. */
const NOW = new Date('2026-06-30T20:30:00Z')
const HERE = 'Asia/Shanghai'
/** What a page has when its answer is there. */
const READY = { reports: 'main li.card', quality: '[data-testid=tiles]', backtest: '.about', sql: '[data-testid=editor]', settings: '[data-testid=policy]' }

describe('unusual cases', { skip }, () => {
  let browser
  before(async () => {
    browser = await launch()
  })
  after(() => browser?.close())

  /** What each page says in a browser of a zone. */
  async function said(timezoneId) {
    const out = {}
    const { page, faults, close } = await open(browser, '?layer=township', { timezoneId, before: (p) => p.clock.setFixedTime(NOW) })
    out.window = await page.getByTestId('window').textContent()
    out.histogram = await page.getByTestId('brush').evaluate((e) => e.parentElement.textContent)
    out.days = await page.locator('[data-testid=brush] [role=slider]').evaluateAll((all) => all.map((e) => e.getAttribute('aria-valuetext')))
    out.dates = [await page.getByTestId('date-from').inputValue().catch(() => ''), await page.evaluate(() => `${window.__reli.state.from} ${window.__reli.state.to}`)]
    for (const [name, about] of [['reports', 'main'], ['quality', 'main'], ['backtest', '.about'], ['sql', '.kept']]) {
      await page.goto(`${BASE}/${name}`)
      await page.locator(READY[name]).first().waitFor()
      if (name !== 'backtest') await page.waitForLoadState('networkidle')
      out[name] = await page.locator(about).innerText()
    }
    assert.deepEqual(faults, [])
    await close()
    return out
  }

  test('days and times are the county’s wherever the browser is', async () => {
    // A query that ran leaves its time in the list of what ran.
    await fetch(`${BASE}/v1/sql`, { method: 'POST', headers: { 'Content-Type': 'application/json', Accept: 'application/json' }, body: JSON.stringify({ sql: 'SELECT 1', parameters: {} }) })
    const here = await said(HERE)
    assert.deepEqual(await said('UTC'), here)
    const { made_at } = await api('/v1/backtest?level=township')
    const time = new Intl.DateTimeFormat('zh-CN', { timeZone: HERE, hour: '2-digit', minute: '2-digit', hour12: false }).format(new Date(made_at))
    assert.ok(here.backtest.includes(time), `${time} is the county's time of ${made_at}`)

    const { page, faults, close } = await openWall(browser, `${BASE}/wall?rotate=0`, { timezoneId: 'UTC' })
    const [hour, minute] = (await page.getByTestId('clock').textContent()).split(':').map(Number)
    const [h, m] = new Intl.DateTimeFormat('en-GB', { timeZone: HERE, hour: '2-digit', minute: '2-digit', hour12: false }).format(new Date()).split(':').map(Number)
    const apart = Math.abs(60 * (hour - h) + minute - m)
    assert.ok(Math.min(apart, 1440 - apart) <= 5, `${hour}:${minute} on the wall, ${h}:${m} in the county`)
    assert.deepEqual(faults, [])
    await close()
  })

  test('a server that has nothing says so on every page', { skip: !EMPTY && 'RELI_EMPTY_URL is not set' }, async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    const faults = faultsOf(page, EMPTY)
    for (const [path, shows] of [['', 'empty'], ['quality', 'empty'], ['backtest', 'empty'], ['wall?rotate=0', 'empty'], ['signin', 'open'], ['reports', ''], ['sql', 'editor'], ['settings', 'policy']]) {
      await page.goto(`${EMPTY}/${path}`)
      if (shows) await page.getByTestId(shows).first().waitFor()
      else await page.locator('main li.card').first().waitFor()
      await keep(page, `nothing-${path.split('?')[0] || 'map'}-1440`)
    }
    assert.deepEqual(faults, [])
    await context.close()
  })

  test('the map keeps what it has while the server is away, says so, and goes on by itself', async () => {
    const between = await relay(BASE)
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    await page.goto(`${between.url}/?layer=township`)
    await drawn(page)
    const shown = () => page.evaluate(() => window.__reli.map.queryRenderedFeatures({ layers: [`${window.__reli.field().source}-fill`] }).length)
    const before = await shown()
    await between.cut()
    await page.getByTestId('choose-30').click()
    await page.getByTestId('error').waitFor()
    assert.equal(await shown(), before, 'the field stays')
    await keep(page, 'away-1440')
    await between.mend()
    await page.getByTestId('retry').click()
    await page.getByTestId('error').waitFor({ state: 'detached' })
    await settle(page)
    assert.match(await page.evaluate(() => window.__reli.app.legend.key), /from=/)
    await context.close()
    await between.cut()
  })

  test('a page whose answer does not come says so and asks again', async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    for (const [path, ready] of Object.entries(READY)) {
      await page.route(/\/v1\/(reports|quality|freshness|backtest|sql|policy)/, (r) => r.abort())
      await page.goto(`${BASE}/${path}`)
      await page.getByTestId('fault').waitFor()
      await page.unroute(/\/v1\/(reports|quality|freshness|backtest|sql|policy)/)
      await page.getByTestId('retry').click()
      await page.locator(ready).first().waitFor()
    }
    await context.close()
  })
})
