// The pages beside the map: the main way through each, numbers equal to the
// API's, nothing serious for axe in both themes, no sideways scrolling on a phone.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { BASE, PATIENCE_MS, api, faultsOf, keep, launch, number, skip } from './browser.mjs'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** A server with accounts, empty, and the code of its first start. */
const CLOSED = process.env.RELI_CLOSED_URL?.replace(/\/$/, '')
const CODE = process.env.RELI_CODE
const PASSWORD = 'correct horse battery'

/** Serious and critical findings. */
async function serious(page) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  return violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(', ')}`)
}

/** Opens a page, and holds at its end that nothing happened that must not. `expected` are statuses that it asks for on purpose. */
async function visit(browser, url, run, expected = []) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', acceptDownloads: true })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  const faults = faultsOf(page, url, expected)
  try {
    await page.goto(url)
    await run(page)
    assert.deepEqual(faults, [])
  } finally {
    await context.close()
  }
}

/** Both themes for axe, then a phone's width in both languages; keeps a picture of each. */
async function looksRight(page, name) {
  assert.deepEqual(await serious(page), [], `${name}, light`)
  await keep(page, `${name}-1440-zh-light`)
  await page.getByTestId('theme').click()
  assert.deepEqual(await serious(page), [], `${name}, dark`)
  await page.setViewportSize({ width: 360, height: 780 })
  for (const lang of ['zh', 'en']) {
    const wide = await page.evaluate(() => [document.querySelector('.page'), document.documentElement].map((e) => e.scrollWidth - e.clientWidth))
    assert.deepEqual(wide, [0, 0], `${name}, ${lang}: scrolls sideways at 360 px`)
    await keep(page, `${name}-360-${lang}-dark`)
    await page.getByTestId('lang').click()
  }
  await page.setViewportSize({ width: 1440, height: 900 })
}

const text = (page, id) => page.getByTestId(id).first().textContent()

describe('the pages beside the map', { skip }, () => {
  let browser
  before(async () => {
    browser = await launch()
  })
  after(() => browser?.close())

  test('every page leads to all others that one may see', () => visit(browser, `${BASE}/reports`, async (page) => {
    const links = () => page.getByTestId('site').getByRole('link').evaluateAll((all) => all.map((a) => a.getAttribute('href')))
    await page.getByTestId('site').waitFor()
    assert.deepEqual(await links(), ['/', '/wall', '/reports', '/sql', '/quality', '/backtest', '/settings'])
    assert.equal(await page.locator('[aria-current=page]').getAttribute('href'), '/reports')
  }))

  test('reports: each slot of the API opens as a page and as a table', () => visit(browser, `${BASE}/reports`, async (page) => {
    const { slots } = await api('/v1/reports')
    await page.waitForSelector('main li.card')
    assert.equal(await page.locator('main li.card').count(), slots.length)
    const [{ report, last }] = slots
    const link = page.locator(`a[href="/v1/reports/${report}.html?period=${last.name}"]`).first()
    await looksRight(page, 'reports')
    await link.click()
    await page.waitForURL(/\/v1\/reports\//)
    assert.ok((await page.title()).length > 0)
  }))

  test('sql: what ran is the API’s, as a table, a chart and a map; the list of completions closes', () => visit(browser, `${BASE}/sql`, async (page) => {
    const sql = 'SELECT township, sum(incidents) AS n FROM v_daily GROUP BY township ORDER BY n DESC'
    const editor = page.getByTestId('editor').locator('.cm-content')
    // Emptied first: Chromium keeps the look of text that is typed over by a style of its own, which the CSP refuses.
    const replace = async (sql) => {
      await editor.click()
      await page.keyboard.press('Control+A')
      await page.keyboard.press('Delete')
      await page.keyboard.insertText(sql)
    }
    await replace(sql)
    await page.keyboard.type(', towns')
    await page.getByTestId('editor').locator('.cm-tooltip-autocomplete').waitFor()
    await page.keyboard.press('Control+Enter')
    await page.getByTestId('editor').locator('.cm-tooltip-autocomplete').waitFor({ state: 'detached' })
    await page.getByTestId('fault').waitFor()

    await replace(sql)
    await page.keyboard.press('Control+Enter')
    await page.getByTestId('grid').waitFor()
    const answer = await (await fetch(`${BASE}/v1/sql`, { method: 'POST', headers: { 'Content-Type': 'application/json', Accept: 'application/json' }, body: JSON.stringify({ sql, parameters: {} }) })).json()
    assert.equal(number(await page.locator('[data-testid=grid] tbody tr').first().locator('td').last().textContent()), Number(answer.rows[0][1]))
    const cut = await page.locator('[data-testid=grid] th').evaluateAll((all) => all.filter((h) => h.scrollWidth > h.clientWidth).length)
    assert.equal(cut, 0, 'headings are whole')
    await page.getByTestId('choose-map').click()
    await page.getByTestId('result-map').waitFor()
    const placed = answer.rows.filter((r) => r[0] !== '')
    assert.equal(await page.locator('[data-testid=result-map] path[data-code]').count(), placed.length)
    assert.ok((await page.locator(`path[data-code="${placed[0][0]}"] title`).textContent()).endsWith(`: ${Number(placed[0][1]).toLocaleString('en-US')}`))
    await keep(page, 'sql-map-1440-zh-light')
    await page.getByTestId('choose-chart').click()
    await page.locator('[data-testid=result-chart] canvas').waitFor()
    await looksRight(page, 'sql')
  }, [400]))

  test('quality: counts are the API’s', () => visit(browser, `${BASE}/quality`, async (page) => {
    const [fresh, quality] = await Promise.all([api('/v1/freshness'), api('/v1/quality')])
    await page.getByTestId('sources').waitFor()
    assert.equal(number(await text(page, 'incidents')), fresh.incidents)
    for (const s of quality.sources.filter((q) => q.source)) {
      assert.equal(number(await page.locator(`[data-source="${s.source}"] [data-testid=records]`).textContent()), s.records, s.source)
    }
    await page.locator('[data-testid=chart] canvas').nth(1).waitFor()
    await looksRight(page, 'quality')
  }))

  test('backtest: verdict, skill and cases are the API’s, at another level and horizon too', () => visit(browser, `${BASE}/backtest`, async (page) => {
    const same = async (level, horizon) => {
      const { skill, report } = await api(`/v1/backtest?level=${level}`)
      const at = skill.find((s) => s.horizon === horizon)
      await page.waitForFunction((n) => document.querySelector('[data-testid=cases]')?.textContent.replace(/\D/g, '') === String(n), at.cases)
      assert.equal(await text(page, 'skill'), `${at.skill > 0 ? '+' : at.skill < 0 ? '−' : ''}${(100 * Math.abs(at.skill)).toFixed(1)}%`)
      assert.equal(await text(page, 'verdict'), report.groups[0].better ? '优于基线' : '不优于基线')
    }
    await same('township', 'week_1')
    assert.equal(await page.locator('[data-testid=chart] canvas').count(), 4)
    const cell = page.locator('[data-key="township|"]')
    await cell.locator('.tag').waitFor()
    await page.getByTestId('choose-county').click()
    await same('county', 'week_1')
    await page.getByTestId('horizon').selectOption('four_weeks')
    await same('county', 'four_weeks')
    assert.match(page.url(), /level=county/)
    const before = page.url()
    await page.reload()
    await same('county', 'four_weeks')
    assert.equal(page.url(), before, 'the address holds the view')
    await looksRight(page, 'backtest')
  }))

  test('settings: the rules in force, and what a change would do', () => visit(browser, `${BASE}/settings`, async (page) => {
    const { policy } = await api('/v1/policy')
    await page.getByTestId('policy').waitFor()
    assert.ok((await text(page, 'policy-version')).includes(policy.version))
    assert.equal(await page.locator('[data-testid=rules] tbody tr').count(), policy.rules.length)
    await page.getByTestId('at-blue').fill('10')
    await page.getByTestId('simulate-run').click()
    await page.getByTestId('simulation').waitFor()
    const changed = { ...policy, levels: policy.levels.map((l) => (l.level === 'blue' ? { ...l, at: 10 } : l)) }
    const answer = await (await fetch(`${BASE}/v1/policy/simulate`, { method: 'POST', headers: { 'Content-Type': 'application/yaml' }, body: JSON.stringify(changed) })).json()
    const moved = answer.area_days.flatMap((row, i) => row.filter((_, k) => k !== i)).reduce((a, b) => a + b, 0)
    assert.ok(moved > 0)
    assert.equal(number(await text(page, 'changed')), moved)
    await looksRight(page, 'settings')
    await page.getByTestId('section-users').click()
    await page.getByTestId('open').waitFor()
  }))

  test('sign-in: the first administrator, accounts, tokens, and out again', { skip: !CLOSED && 'RELI_CLOSED_URL is not set' }, () => visit(browser, `${CLOSED}/settings?section=users`, async (page) => {
    await page.waitForURL(/\/signin\?next=/)
    await page.locator('input[name=code]').waitFor()
    assert.deepEqual(await serious(page), [])
    await page.setViewportSize({ width: 360, height: 780 })
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0)
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.locator('input[name=username]').fill('chief')
    await page.locator('input[name=code]').fill(CODE)
    await page.locator('input[name=password]').fill(PASSWORD)
    await page.locator('button[type=submit]').click()
    await page.waitForURL(/\/settings/)
    await page.locator('[data-user=chief]').waitFor()

    await page.getByTestId('add-user').click()
    await page.locator('input[name=name]').fill('zhang')
    await page.getByTestId('add-user-go').click()
    const code = await page.getByTestId('secret').locator('input').inputValue()
    assert.match(code, /\S{8,}/)
    await page.getByTestId('secret').getByRole('button').last().click()
    assert.equal(await page.getByText(code).count(), 0, 'the code is shown once')
    const row = page.locator('[data-user=zhang]')
    await row.getByRole('button').first().click()
    await row.locator('.tag.bad').waitFor()
    assert.deepEqual(await serious(page), [])
    await keep(page, 'users-1440-zh-light')

    await page.getByTestId('section-tokens').click()
    await page.getByTestId('add-token').click()
    await page.locator('input[name=name]').fill('大屏一号')
    await page.locator('input[name=kiosk]').check()
    await page.getByTestId('add-token-go').click()
    assert.match(await page.getByTestId('secret').locator('input').inputValue(), /\/wall\?kiosk=reli_kiosk_/)
    const token = page.locator('[data-token="大屏一号"]')
    for (let i = 0; i < 2; i++) await token.getByRole('button').click()
    await token.waitFor({ state: 'detached' })

    await page.getByTestId('site').getByRole('button', { name: '退出登录' }).click()
    await page.waitForURL(/\/signin/)
    await page.locator('input[name=username]').fill('chief')
    await page.locator('input[name=password]').fill('wrong')
    await page.locator('button[type=submit]').click()
    await page.getByRole('alert').waitFor()
  }, [401]))
})
