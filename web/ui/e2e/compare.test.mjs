// Two windows on one map, base map, hot spots, search, panel, pictures.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { PNG } from 'pngjs'
import { api, coloursAt, keep, launch, number, pointOf, selection, settle, skip, visit } from './browser.mjs'

describe('what lies beside, under and over the field', { skip }, () => {
  let browser
  before(async () => {
    browser = await launch()
  })
  after(() => browser?.close())
  const on = (query, run, options) => visit(browser, query, run, options)

  test('two windows stand side by side in one legend’s colours, with both numbers', () => on('?layer=village', async (page) => {
    await page.getByTestId('open-versus').click()
    await page.getByTestId('versus-that').waitFor()
    await settle(page)
    const query = await selection(page)
    const { from, to } = await page.evaluate(() => ({ ...window.__reli.state.versus }))
    const other = query.replace(/from=[^&]*/, `from=${from}`).replace(/to=[^&]*/, `to=${to}`)
    const [now, then] = await Promise.all([query, other].map((q) => api(`/v1/breakdown?by=source&${q}`)))
    const { groups } = await api(`/v1/breakdown?by=village&${other}`)
    assert.equal(number(await page.getByTestId('versus-this').textContent()), now.total)
    assert.equal(number(await page.getByTestId('versus-that').textContent()), then.total)
    assert.equal(number(await page.getByTestId('versus-change').textContent()), now.total - then.total)

    const legend = await page.evaluate(() => ({ ...window.__reli.app.legend.data }))
    const divider = await page.evaluate(() => window.__reli.state.swipe * innerWidth)
    const spot = await pointOf(page, 'most', divider)
    assert.ok(spot && spot.x < divider, 'a village left of the divider')
    assert.equal(spot.count, groups.find((g) => g.key === spot.id).count, 'its tile is of the other window')
    const [colour] = await coloursAt(page, spot.x, spot.y, 2)
    assert.equal(colour.toLowerCase(), legend.colors.dark[legend.breaks.filter((b) => spot.count >= b).length].toLowerCase())
    await keep(page, 'versus-1440-zh-dark')

    await page.getByTestId('swipe').focus()
    for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowLeft')
    const url = page.url()
    assert.match(url, /vs=\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d/)
    assert.match(url, /swipe=0\.\d\d/)
    await on(new URL(url).search, async (again) => assert.equal(again.url(), url))
    await page.getByTestId('open-versus').click()
    await settle(page)
    assert.equal(await page.evaluate(() => window.__reli.map.getStyle().layers.some((l) => l.source?.startsWith('other-'))), false)
  }))

  const tile = PNG.sync.write(Object.assign(new PNG({ width: 256, height: 256 }), { data: Buffer.alloc(256 * 256 * 4, 200) }))
  const withBase = async (page) => {
    await page.route('**/v1/basemap', (r) => r.fulfill({ json: { tiles: ['/v1/basemap/0/{z}/{x}/{y}'], credit: '某测绘院', approval: '审图号 GS(2026)0000号', date: '2026-01' } }))
    await page.route('**/v1/basemap/0/**', (r) => r.fulfill({ contentType: 'image/png', body: tile }))
  }
  test('a base map lies under the field with its credit, approval number and date, and can be put away', () => on('', async (page) => {
    for (const part of ['某测绘院', 'GS(2026)0000号', '2026-01']) assert.ok((await page.getByTestId('credit').textContent()).includes(part), part)
    const visible = () => page.evaluate(() => window.__reli.map.getLayoutProperty('base-0', 'visibility'))
    assert.equal(await visible(), 'visible')
    await keep(page, 'base-1440-zh-dark')
    await page.getByTestId('base').click()
    await page.waitForFunction(() => window.__reli.map.getLayoutProperty('base-0', 'visibility') === 'none')
    assert.equal(await page.getByTestId('credit').count(), 0)
    assert.match(page.url(), /base=0/)
  }, { before: withBase }))

  test('hot spots are ringed where the API says', () => on('', async (page, { requests }) => {
    await page.getByTestId('spots').click()
    await page.waitForFunction(() => window.__reli.app.spots.data && window.__reli.map.isSourceLoaded('spots'))
    await settle(page)
    const found = await api(requests.find((r) => r.startsWith('/v1/hotspots')))
    assert.equal(number(await page.getByTestId('spots-told').textContent()), found.hot)
    const ringed = await page.evaluate(() => [...new Set(window.__reli.map.querySourceFeatures('spots').map((f) => f.properties.id))])
    const wanted = found.spots.filter((s) => s.class.includes('hot')).slice(0, 30).map((s) => s.id)
    assert.deepEqual(ringed.sort(), wanted.sort())
  }))

  test('search finds places by pinyin and initials and says where they lie', () => on('', async (page) => {
    const { areas } = await api('/v1/areas?q=' + encodeURIComponent('前进'))
    assert.ok(areas.length > 0)
    for (const typed of ['qj', 'qianjin']) {
      await page.getByTestId('search').fill(typed)
      await page.waitForFunction((name) => document.querySelector('[data-testid=place]')?.textContent.includes(name), areas[0].name)
    }
    const where = await page.getByTestId('place-where').first().textContent()
    assert.ok(where.includes(areas[0].path[1].name), where)
    await page.keyboard.press('Enter')
    await page.waitForFunction((name) => document.querySelector('[data-testid=panel-name]')?.textContent === name, areas[0].name)
  }))

  test('three clicks go from the county to a grid, three keys back', () => on('?layer=township', async (page) => {
    const names = []
    for (let i = 0; i < 3; i++) {
      const spot = await pointOf(page)
      names.push(spot.name || spot.id)
      await page.mouse.click(spot.x, spot.y)
      await page.waitForFunction((name) => {
        const shown = document.querySelector('[data-testid=panel-name]')?.textContent
        return shown === name || window.__reli.state.picked?.code === name
      }, names[i])
      await settle(page)
    }
    assert.deepEqual(await page.evaluate(() => [window.__reli.state.layer, window.__reli.app.areas.byCode.get(window.__reli.state.picked.code)?.level ?? 'grid']), ['grid', 'grid'])
    for (let i = 0; i < 3; i++) await page.keyboard.press('Escape')
    await settle(page)
    assert.deepEqual(await page.evaluate(() => [window.__reli.state.area, window.__reli.state.picked, window.__reli.state.layer]), ['', null, 'township'])
  }))

  test('the panel tells the forecast of the API and how good it was', () => on('?layer=township', async (page, { requests }) => {
    const { areas } = await api('/v1/areas?level=township')
    await page.evaluate((code) => window.__reli.app.go({ picked: { kind: 'area', code } }), areas[0].code)
    await page.getByTestId('forecast-chart').waitFor()
    const answer = await api(requests.find((r) => r.startsWith('/v1/forecast')))
    const place = answer.places.find((p) => p.id === areas[0].code)
    const four = place.forecasts.find((f) => f.horizon === 'four_weeks')
    const band = four.intervals.find((i) => i.level === 0.8)
    const text = await page.getByTestId('forecast-sum').textContent()
    for (const n of [place.use === 'model' ? four.whole : Math.round(four.baseline), band.low, band.high]) assert.ok(text.includes(String(n)), `${text}: ${n}`)
    assert.equal(await page.getByTestId('band').count(), 8, 'four weeks, two bands')
    assert.ok((await page.getByTestId('track').textContent()).length > 10)
    await keep(page, 'forecast-1440-zh-dark')

    // Both charts of the panel can be taken home, as numbers and as a picture of what is seen.
    for (const i of [0, 1]) {
      const head = page.getByTestId('panel').getByTestId('csv').nth(i)
      const [table] = await Promise.all([page.waitForEvent('download'), head.click()])
      const text = await readFile(await table.path(), 'utf8')
      assert.match(text, /^\ufefffrom,count/)
      const lines = text.trim().split('\r\n')
      if (i === 1) {
        assert.equal(lines.length, 1 + answer.history_weeks.length + 4)
        assert.deepEqual(lines[1].split(',').slice(0, 2), [answer.history_weeks[0], String(place.history[0])])
      }
      const [picture] = await Promise.all([page.waitForEvent('download'), page.getByTestId('panel').getByTestId('chart-png').nth(i).click()])
      const png = PNG.sync.read(await readFile(await picture.path()))
      const count = (colour) => Array.from({ length: png.width * png.height }, (_, k) => png.data.readUIntBE(4 * k, 3)).filter((c) => c === colour).length
      const mark = await page.evaluate(() => parseInt(getComputedStyle(document.body).getPropertyValue('--mark').trim().slice(1), 16))
      assert.ok(count(mark) > 500, `${count(mark)} pixels of the bars`)
    }

    const { places: alike } = await api(requests.find((r) => r.includes('alike=')))
    assert.ok(alike.length > 0)
    const rows = page.getByTestId('alike').getByRole('button')
    assert.deepEqual(await rows.evaluateAll((all) => all.map((b) => b.dataset.key)), alike.map((p) => p.key))
    await rows.first().click()
    await page.waitForFunction((name) => document.querySelector('[data-testid=panel-name]')?.textContent === name, alike[0].zh)
  }))

  test('the view is saved as a picture and printed on one sheet', () => on('?layer=village&category=land', async (page) => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('png').click()])
    const png = PNG.sync.read(await readFile(await download.path()))
    assert.ok(png.width === 1440 && png.height > 900, `${png.width}×${png.height}`)
    const colours = new Set()
    for (let i = 0; i < png.data.length; i += 4 * 97) colours.add(png.data.readUIntBE(i, 3))
    assert.ok(colours.size > 30, 'a map, not a blank')

    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')))
    await page.waitForSelector('[data-testid=print-sheet] img', { state: 'attached' })
    const pdf = await page.pdf({ preferCSSPageSize: true })
    assert.equal(pdf.toString('latin1').match(/\/Type \/Page\b/g).length, 1)
    assert.match(pdf.toString('latin1'), /\/MediaBox \[0 0 84[12][.\d]* 59[45][.\d]*\]/)
  }))
})
