// The map page in a real browser against a running server that has incidents
// and areas. RELI_URL is its address; RELI_ARTIFACTS a folder for pictures.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { api, coloursAt, keep, launch, number, pointOf, selection, settle, skip, visit } from './browser.mjs'

const CJK = /[\u3400-\u9fff]/

/** The API's own total of the field that the page shows. */
async function located(page) {
  const path = await page.evaluate(() => window.__reli.app.legend.key.split('#')[0])
  return (await api(path)).total
}

/** Hexagons on the map, each once, and the incidents in them: the whole county is in sight. */
function drawnHexagons(page) {
  return page.evaluate(() => {
    const cells = new Map()
    for (const f of window.__reli.map.querySourceFeatures(window.__reli.field().source, { sourceLayer: 'hex' })) cells.set(f.properties.id, f.properties.count)
    return { cells: cells.size, incidents: [...cells.values()].reduce((a, b) => a + b, 0) }
  })
}

describe('the map page', { skip }, () => {
  let browser
  before(async () => {
    browser = await launch()
  })
  after(() => browser?.close())

  const on = (query, run, size) => visit(browser, query, run, size)

  test('draws hexagons, and the hottest in the colour of its class', () => on('', async (page) => {
    const legend = await page.evaluate(() => ({ ...window.__reli.app.legend.data }))
    assert.ok(legend.total > 0 && legend.features > 0)
    assert.deepEqual(await drawnHexagons(page), { cells: legend.features, incidents: legend.total })

    const hot = await pointOf(page)
    assert.ok(hot, 'a hexagon in the free part of the map')
    const index = legend.breaks.filter((b) => hot.value >= b).length
    const [colour] = await coloursAt(page, hot.x, hot.y, 2)
    assert.equal(colour.toLowerCase(), legend.colors.dark[index].toLowerCase())
    assert.equal(number(await page.getByTestId('total').first().textContent()), legend.total)
  }))

  test('draws every township once with the API’s count, and its name', () => on('?layer=township', async (page) => {
    const query = await selection(page)
    const { groups } = await api(`/v1/breakdown?by=township&${query}`)
    const counts = new Map(groups.map((g) => [g.key, g.count]))
    const { areas } = await api('/v1/areas?level=township')
    const drawn = await page.evaluate(() => {
      const { map } = window.__reli
      return {
        values: map.querySourceFeatures(window.__reli.field().source, { sourceLayer: 'township' }).map((f) => [f.properties.id, f.properties.count]),
        names: map.queryRenderedFeatures({ layers: ['label-township'] }).map((f) => f.properties.name),
      }
    })
    const values = new Map(drawn.values)
    assert.deepEqual([...values.keys()].sort(), areas.map((a) => a.code).sort())
    for (const [code, count] of values) assert.equal(count, counts.get(code) ?? 0, code)
    assert.ok(drawn.names.length > 0, 'names are drawn')
    for (const name of drawn.names) assert.ok(areas.some((a) => a.name === name), name)
  }))

  test('a click on a hexagon tells its count', () => on('', async (page) => {
    const spot = await pointOf(page)
    await page.mouse.click(spot.x, spot.y)
    const shown = number(await page.getByTestId('count').textContent())
    const { total } = await api(`/v1/breakdown?by=category&cell=${spot.id}&${await selection(page)}`)
    assert.equal(shown, total)
    assert.equal(shown, spot.count)
  }))

  test('a click on a township tells its figures and opens its villages; Escape and back return', () => on('?layer=township', async (page) => {
    const query = await selection(page)
    const spot = await pointOf(page)
    await page.mouse.click(spot.x, spot.y)
    assert.equal(number(await page.getByTestId('count').textContent()), spot.count)
    assert.equal(await page.getByTestId('panel-name').textContent(), spot.name)
    await settle(page)

    const here = await api(`/v1/breakdown?by=category&area=${spot.id}&${query}`)
    const whole = await api(`/v1/breakdown?by=category&${query}`)
    assert.equal(number(await page.getByTestId('count').textContent()), here.total)
    assert.equal(await page.getByTestId('share').textContent(), `${((100 * here.total) / whole.total).toFixed(1)}%`)
    const rows = await page.getByTestId('split').getByTestId('split-row').evaluateAll((all) => all.map((e) => [e.dataset.key, e.querySelector('.n').textContent]))
    for (const [key, text] of rows) assert.equal(number(text), here.groups.find((g) => g.key === key).count, key)
    const view = await page.evaluate(() => ({ area: window.__reli.state.area, layer: window.__reli.state.layer }))
    assert.deepEqual(view, { area: spot.id, layer: 'village' })
    await keep(page, 'township-panel-1440-zh-dark')

    const village = await pointOf(page)
    await page.mouse.click(village.x, village.y)
    await page.waitForFunction((name) => document.querySelector('[data-testid=panel-name]')?.textContent === name, village.name)
    await settle(page)
    await keep(page, 'village-panel-1440-zh-dark')
    await page.goBack()
    await settle(page)
    assert.equal(await page.evaluate(() => window.__reli.state.area), spot.id)
    await page.keyboard.press('Escape')
    await settle(page)
    assert.deepEqual(await page.evaluate(() => [window.__reli.state.area, window.__reli.state.layer]), ['', 'township'])
  }))

  test('filters change the numbers to the API’s', () => on('', async (page) => {
    const total = async () => number(await page.getByTestId('total').first().textContent())
    const before = await total()
    const chip = page.getByTestId('filter-category').getByTestId('chip').first()
    const [key, count] = [await chip.getAttribute('data-key'), number(await chip.locator('b').textContent())]
    await chip.click()
    await page.waitForFunction((n) => window.__reli.app.legend.data.total !== n, before)
    await settle(page)
    assert.equal(await total(), await located(page))
    const query = await selection(page)
    assert.match(query, new RegExp(`category=${key}`))
    assert.equal((await api(`/v1/breakdown?by=source&${query}`)).total, count)
    assert.ok((await total()) <= count, 'what has no place is not on the map')
    assert.equal((await drawnHexagons(page)).incidents, await total())

    await page.getByTestId('choose-30').click()
    await page.waitForFunction(() => window.__reli.app.legend.key.includes(`from=${window.__reli.state.from}`))
    await settle(page)
    assert.equal(await total(), await located(page))
    assert.ok((await total()) < count)
    assert.equal((await drawnHexagons(page)).incidents, await total())

    await page.getByTestId('choose-all').click()
    await page.waitForFunction(() => window.__reli.app.legend.key.includes(`from=${window.__reli.state.from}`))
    await settle(page)
    assert.equal((await drawnHexagons(page)).incidents, await total())
    await page.getByTestId('choose-30').click()
    await page.waitForFunction(() => window.__reli.app.legend.key.includes(`from=${window.__reli.state.from}`))
    await settle(page)

    const monday = page.getByTestId('filter-weekday').locator('[data-value="1"]')
    const thirty = await total()
    await monday.click()
    await page.waitForFunction((n) => window.__reli.app.legend.data.total !== n, thirty)
    assert.match(page.url(), /weekdays=1(&|$)/)
    await page.getByTestId('clear-all').click()
    await page.waitForFunction(() => !/category|weekdays/.test(location.search))
  }))

  test('the window moves by keyboard, and the URL opens the same view again', () => on('?layer=village', async (page) => {
    const from = await page.evaluate(() => window.__reli.state.from)
    await page.getByTestId('grip-from').focus()
    await page.keyboard.press('ArrowRight')
    await page.waitForFunction((day) => window.__reli.state.from > day, from)
    await settle(page)
    const url = page.url()
    const total = await page.getByTestId('total').first().textContent()
    await on(new URL(url).search, async (again) => {
      assert.equal(again.url(), url)
      assert.equal(await again.getByTestId('total').first().textContent(), total)
    })
  }))

  test('search finds a place by name and goes there', () => on('', async (page) => {
    const { areas } = await api('/v1/areas?level=village')
    const village = areas[Math.floor(areas.length / 2)]
    await page.getByTestId('search').fill(village.code)
    await page.getByTestId('place').first().waitFor()
    await page.keyboard.press('Enter')
    await page.waitForFunction((name) => document.querySelector('[data-testid=panel-name]')?.textContent === name, village.name)
    assert.equal(await page.evaluate(() => window.__reli.state.area), village.code)
  }))

  test('English leaves no Chinese but the names of places', () => on('?layer=township', async (page) => {
    await page.getByTestId('lang').click()
    const spot = await pointOf(page)
    await page.mouse.click(spot.x, spot.y)
    await page.getByTestId('count').waitFor()
    await settle(page)
    const { areas } = await api('/v1/areas')
    const names = [...new Set(areas.map((a) => a.name))].sort((a, b) => b.length - a.length)
    const texts = await page.evaluate(() => {
      const found = []
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      while (walk.nextNode()) if (!walk.currentNode.parentElement.closest('[data-testid=lang]')) found.push(walk.currentNode.data)
      for (const e of document.querySelectorAll('[aria-label],[title],[placeholder]')) {
        for (const name of ['aria-label', 'title', 'placeholder']) if (e.getAttribute(name)) found.push(e.getAttribute(name))
      }
      return [...found, document.title]
    })
    const left = texts.map((t) => names.reduce((rest, n) => rest.split(n).join(''), t)).filter((t) => CJK.test(t))
    assert.deepEqual(left, [])
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'en')
    await keep(page, 'township-panel-1440-en-dark')
  }))

  test('without WebGL the townships are drawn as SVG in the legend’s colours', () => on('?webgl=0', async (page) => {
    const { areas } = await api('/v1/areas?level=township')
    await page.waitForFunction((n) => document.querySelectorAll('[data-testid=svg-map] [data-code]').length === n, areas.length)
    const legend = await page.evaluate(() => ({ ...window.__reli.app.legend.data }))
    const { groups } = await api(`/v1/breakdown?by=township&${await selection(page)}`)
    const top = groups[0]
    await page.waitForFunction((key) => !document.querySelector(`[data-code="${key}"] path`).getAttribute('fill').startsWith('var'), top.key)
    const fill = await page.locator(`[data-code="${top.key}"] path`).getAttribute('fill')
    assert.equal(fill, legend.colors.dark[legend.breaks.filter((b) => top.count >= b).length])
    await keep(page, 'svg-1440-zh-dark')
  }))

  test('asks for no tile twice', () => on('', async (page, { requests }) => {
    await page.mouse.move(800, 500)
    await page.mouse.down()
    await page.mouse.move(700, 450, { steps: 4 })
    await page.mouse.up()
    await settle(page)
    const tiles = requests.filter((r) => r.includes('.mvt'))
    assert.ok(tiles.length > 0)
    assert.equal(new Set(tiles).size, tiles.length, 'each tile once')
  }))

  for (const [width, height] of [[360, 780], [1440, 900], [1920, 1080]]) {
    for (const [lang, theme] of [['zh', 'dark'], ['en', 'light']]) {
      test(`fits ${width}×${height} in ${lang}, ${theme}`, () => on(`?lang=${lang}&theme=${theme}`, async (page) => {
        await keep(page, `map-${width}-${lang}-${theme}`)
        const wide = await page.evaluate(() => document.documentElement.scrollWidth)
        assert.ok(wide <= width, `nothing is wider than the window: ${wide}`)
        if (width > 760) {
          const rail = await page.getByTestId('rail').boundingBox()
          assert.equal(rail.width, 320)
          return
        }
        for (const stop of ['half', 'full', 'peek']) {
          await page.getByTestId('sheet-handle').click()
          await page.waitForSelector(`[data-testid=sheet][data-stop=${stop}]`)
          await page.waitForTimeout(100)
          await keep(page, `map-${width}-${lang}-${theme}-${stop}`)
        }
      }, { width, height }))
    }
  }
})
