// Playback of the window: what it draws, that it asks once, and how fast it is.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { api, keep, launch, number, settle, skip, visit } from './browser.mjs'
import { fieldOf, playField, played, playedText } from './field.mjs'

describe('playback', { skip }, () => {
  let browser
  before(async () => {
    browser = await launch()
  })
  after(() => browser?.close())

  test('shows the API’s counts step by step without another request', () => visit(browser, '?layer=village&play=week', async (page, { requests }) => {
    await played(page)
    const answer = await api(requests.find((r) => r.startsWith('/v1/playback/')))
    const shown = () => page.getByTestId('play-total').textContent().then(number)
    const sum = (j) => answer.counts.reduce((n, row) => n + row[j], 0)
    assert.equal(await page.evaluate(() => window.__reli.app.playback.playing), false, 'nothing plays by itself')
    assert.equal(await shown(), sum(0))

    const before = requests.length
    for (let j = 1; j <= 3; j++) {
      await page.getByTestId('play-next').click()
      await page.waitForFunction((j) => window.__reli.app.playback.at === j, j)
      assert.equal(await shown(), sum(j))
    }
    await page.getByTestId('play-at').focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await page.waitForFunction(() => window.__reli.app.playback.at === 5)
    assert.equal(await shown(), sum(5))
    assert.equal(number(await page.getByTestId('total').first().textContent()), sum(5), 'the legend counts what is in sight')
    assert.deepEqual(requests.slice(before).filter((r) => r.startsWith('/v1/')), [], 'no request for a step')

    assert.ok(page.url().includes(`play=week.${answer.steps[5]}`))
    await keep(page, 'playback-1440-zh-dark')
    await visit(browser, new URL(page.url()).search, async (again) => {
      await played(again)
      assert.equal(number(await again.getByTestId('play-total').textContent()), sum(5), 'the address opens the same step')
    })
  }))

  test('plays, pauses, plays to its end, and ends', () => visit(browser, '?layer=township&play=week', async (page) => {
    await played(page)
    await page.getByTestId('choose-all').click()
    await page.waitForFunction(() => window.__reli.app.playback.table.steps.length > 50)
    const playing = () => page.evaluate(() => window.__reli.app.playback.playing)
    await page.getByTestId('play').click()
    await page.waitForFunction(() => window.__reli.app.playback.at >= 1)
    assert.equal(await playing(), true)
    await page.getByTestId('play').click()
    assert.equal(await playing(), false)
    await page.getByTestId('play-at').focus()
    await page.keyboard.press('End')
    await page.getByTestId('play-back').click()
    await page.getByTestId('play').click()
    await page.waitForFunction(() => !window.__reli.app.playback.playing && window.__reli.app.playback.at === window.__reli.app.playback.table.steps.length - 1)
    await page.getByTestId('open-play').click()
    await settle(page)
    assert.equal(await page.evaluate(() => window.__reli.app.playback.table), null)
    assert.ok(!page.url().includes('play='))
  }))

  test('5,000 cells move through 52 weeks as fast as the map can be drawn', async () => {
    const told = await playField(browser, await fieldOf(5000, 52))
    console.log(playedText(told))
    assert.ok(told.inSight >= 4900, `${told.inSight} cells in sight`)
    assert.deepEqual(told.wrong, [], 'cells in another colour than that of their class')
    // The machine may be busy: a step costs less than the map drawn again as it is.
    assert.ok(told.moving >= Math.min(20, told.still), `${told.moving} frames/s, the map itself ${told.still}`)
    assert.deepEqual(told.faults, [])
  })
})
