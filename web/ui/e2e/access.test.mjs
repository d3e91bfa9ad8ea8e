// Whether everybody can use the page: axe-core finds nothing serious.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { api, launch, settle, skip, visit } from './browser.mjs'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Serious and critical findings, each with where it is. */
async function findings(page) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  return violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(', ')}`)
}

describe('accessibility', { skip }, () => {
  let browser
  before(async () => {
    browser = await launch()
  })
  after(() => browser?.close())

  for (const theme of ['dark', 'light']) {
    test(`nothing serious on the map page, ${theme}`, () => visit(browser, `?theme=${theme}`, async (page) => {
      assert.deepEqual(await findings(page), [], 'as it opens')
      const { areas } = await api('/v1/areas?level=township')
      await page.evaluate((code) => window.__reli.app.go({ layer: 'township', picked: { kind: 'area', code }, play: { step: 'week', at: '' }, spots: true }), areas[0].code)
      await page.getByTestId('playback').waitFor()
      await page.getByTestId('forecast-chart').waitFor()
      await settle(page)
      assert.deepEqual(await findings(page), [], 'panel and playback')
      await page.evaluate(() => window.__reli.app.go({ play: null, versus: { ...window.__reli.app.days.value } }))
      await page.getByTestId('versus-that').waitFor()
      await page.getByTestId('search').fill('qj')
      await page.getByTestId('place').first().waitFor()
      assert.deepEqual(await findings(page), [], 'comparison and search')
    }))
    test(`nothing serious on a phone, ${theme}`, () => visit(browser, `?theme=${theme}&lang=en`, async (page) => {
      await page.getByTestId('sheet-handle').click()
      await page.waitForSelector('[data-testid=sheet][data-stop=half]')
      assert.deepEqual(await findings(page), [])
    }, { width: 360, height: 780 }))
  }
})
