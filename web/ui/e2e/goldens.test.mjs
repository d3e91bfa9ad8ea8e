// Every page at four sizes against a kept picture. A picture is kept as the
// mean colours of blocks of pixels: that shows what moved, vanished, appeared
// or changed its colour, and not how a machine smooths the edge of a letter.
// RELI_GOLDENS=update writes the pictures anew; look at them before keeping them.
import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { PNG } from 'pngjs'
import { BASE, PATIENCE_MS, drawn, keep, launch, skip } from './browser.mjs'
import { wallDrawn } from './wall.mjs'

const FOLDER = fileURLToPath(new URL('goldens/', import.meta.url))
const SIZES = [[360, 780], [1440, 900], [1920, 1080], [3840, 2160]]
/** Kept pictures are so many blocks wide, on a phone as many as its pixels allow. */
const BLOCKS = { 360: 90, 1440: 160, 1920: 160, 3840: 160 }
/** A block differs from here on, of 255 a channel. */
const DIFFERENCE = 28
/** Numbers of today (ages, the clock) change: a few blocks may differ. */
const SHARE = 0.02
/** The pages' clock: the demo county's last day is the day before. */
const NOW = new Date('2026-07-01T09:00:00+08:00')

const WINDOW = 'from=2026-04-01&to=2026-07-01'
/** The pages, each with what waits until it has drawn itself. */
const PAGES = {
  map: { path: `?${WINDOW}&layer=village`, seen: drawn },
  wall: { path: 'wall?rotate=0', seen: wall },
  reports: { path: 'reports', seen: quiet },
  sql: { path: 'sql', seen: quiet },
  quality: { path: 'quality', seen: quiet },
  backtest: { path: 'backtest', seen: quiet },
  settings: { path: 'settings', seen: quiet },
  signin: { path: 'signin', seen: quiet, base: process.env.RELI_CLOSED_URL },
}

/** Waits until nothing is asked for and the fonts are in. */
async function quiet(page) {
  await page.waitForLoadState('networkidle', { timeout: PATIENCE_MS })
  await page.evaluate(() => document.fonts.ready)
  await page.waitForTimeout(200)
}

async function wall(page) {
  await wallDrawn(page)
  await page.evaluate(() => document.fonts.ready)
  await page.waitForTimeout(500)
}

/** Mean colours of blocks, as a picture of one pixel a block. */
function blocks(shot, width) {
  const side = shot.width / width
  const height = Math.floor(shot.height / side)
  const out = new PNG({ width, height })
  for (let by = 0; by < height; by++) {
    for (let bx = 0; bx < width; bx++) {
      const sum = [0, 0, 0]
      let n = 0
      for (let y = Math.floor(by * side); y < Math.floor((by + 1) * side); y++) {
        for (let x = Math.floor(bx * side); x < Math.floor((bx + 1) * side); x++, n++) {
          for (let c = 0; c < 3; c++) sum[c] += shot.data[4 * (y * shot.width + x) + c]
        }
      }
      const at = 4 * (by * width + bx)
      for (let c = 0; c < 3; c++) out.data[at + c] = Math.round(sum[c] / n)
      out.data[at + 3] = 255
    }
  }
  return out
}

/** The share of blocks that differ, each by its worst channel. */
function differing(a, b) {
  assert.deepEqual([a.width, a.height], [b.width, b.height], 'size in blocks')
  let n = 0
  for (let i = 0; i < a.data.length; i += 4) {
    if ([0, 1, 2].some((c) => Math.abs(a.data[i + c] - b.data[i + c]) > DIFFERENCE)) n++
  }
  return (4 * n) / a.data.length
}

describe('pictures', { skip }, () => {
  let browser
  before(async () => {
    browser = await launch()
  })
  after(() => browser?.close())

  for (const [name, { path, seen, base = BASE }] of Object.entries(PAGES)) {
    for (const [width, height] of SIZES) {
      test(`${name} at ${width}×${height}`, async () => {
        const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce', timezoneId: 'Asia/Shanghai' })
        try {
          const page = await context.newPage()
          page.setDefaultTimeout(PATIENCE_MS)
          await page.clock.setFixedTime(NOW)
          await page.goto(`${base}/${path}`)
          await seen(page)
          await keep(page, `${name}-${width}`)
          const got = blocks(PNG.sync.read(await page.screenshot()), BLOCKS[width])
          const file = `${FOLDER}${name}-${width}.png`
          if (process.env.RELI_GOLDENS === 'update') {
            await mkdir(FOLDER, { recursive: true })
            await writeFile(file, PNG.sync.write(got, { colorType: 2 }))
            return
          }
          const share = differing(got, PNG.sync.read(await readFile(file)))
          assert.ok(share <= SHARE, `${(100 * share).toFixed(1)} % of the blocks differ from ${name}-${width}.png`)
        } finally {
          await context.close()
        }
      })
    }
  }
})
