import type { App } from './store/app'
import { downloadPng } from '../../components/download'
import { classLabels } from '../../format/classes'
import { formatDay, formatInstant, formatWindow } from '../../format/day'
import { formatCount } from '../../format/number'

/** What is written on a picture of the view: enough to know it again without the page. */
export interface Caption {
  title: string
  place: string
  lines: string[]
  classes: { text: string; colour: string }[]
  looks: string
  foot: string[]
}

export function captionOf(app: App, now: Date): Caption {
  const { view } = app
  const { t, term } = app.i18n
  const legend = app.scale.value
  const place = app.areas.byCode.get(view.area)?.name ?? app.areas.root()?.name ?? ''
  const names = (codes: string[], terms: { code: string; zh: string; en: string }[] = []) => codes.map((c) => term(terms.find((x) => x.code === c) ?? { zh: c, en: c }))
  const d = app.dictionaries.data
  const filters = [...names(view.category, d?.categories), ...names(view.source, d?.sources), ...names(view.channel, d?.channels)]
  const window = app.playback.days ?? view
  const lines = [t('pictureWindow', { window: formatWindow(window.from, window.to, view.lang) })]
  if (view.versus) lines.push(`${t('versusThat')}: ${formatWindow(view.versus.from, view.versus.to, view.lang)}`)
  if (filters.length > 0) lines.push(t('pictureFilter', { what: filters.join(view.lang === 'zh' ? '、' : ', ') }))
  const base = app.base.data
  const zone = app.freshness.value?.time_zone ?? 'UTC'
  const foot = [t('pictureFoot', { at: formatInstant(now.toISOString(), zone, view.lang) })]
  const who = app.session.data
  if (who?.principal && !who.open) foot.push(t('pictureBy', { who: who.principal.name }))
  const day = app.freshness.value?.last_day
  if (day) foot.push(t('pictureData', { day: formatDay(day, view.lang) }))
  if (legend) foot.push(t('version', { v: legend.data_version }))
  if (app.baseShown.value && base) foot.push(...[base.credit, base.approval].filter(Boolean))
  if (legend) {
    const unit = app.measureUnit.value
    lines.push(`${t('legendPer', { measure: term(legend.measure), layer: t(`layer_${legend.layer}`) })} · ${unit} · ${formatCount(legend.total)} ${app.unit.value}`)
  }
  const colours = legend?.colors[view.theme] ?? []
  return {
    title: t('title'),
    place,
    lines,
    classes: legend && legend.features > 0 ? classLabels(legend).texts.map((text, i) => ({ text, colour: colours[i] ?? 'transparent' })) : [],
    looks: `${t('legendSuppressed')} ···  ${t('legendUnknown')} ///`,
    foot,
  }
}

const INK = {
  dark: { panel: '#121b2e', text: '#e8eef8', soft: '#9fb0cc', line: '#22304a' },
  light: { panel: '#ffffff', text: '#16202f', soft: '#4c5a73', line: '#d5dbe6' },
}
const FAMILY = '"Noto Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif'
const HEAD = 76
const FOOT = 36

/** The map between a head that says what it shows and a foot that says of when; sizes in CSS pixels. */
export function compose(map: HTMLCanvasElement, width: number, height: number, caption: Caption, theme: 'dark' | 'light', versus: number | null): HTMLCanvasElement {
  const scale = map.width / width
  const canvas = document.createElement('canvas')
  canvas.width = map.width
  canvas.height = Math.round((height + HEAD + FOOT) * scale)
  const c = canvas.getContext('2d')!
  c.scale(scale, scale)
  const ink = INK[theme]
  c.fillStyle = ink.panel
  c.fillRect(0, 0, width, height + HEAD + FOOT)
  c.drawImage(map, 0, HEAD, width, height)
  if (versus !== null) {
    c.fillStyle = ink.text
    c.fillRect(versus * width - 1, HEAD, 2, height)
  }
  drawWatermark(c, width, height, caption)
  const write = (text: string, x: number, y: number, font: string, colour = ink.text, align: CanvasTextAlign = 'left', most?: number) => {
    c.font = `${font} ${FAMILY}`
    c.fillStyle = colour
    c.textAlign = align
    c.fillText(text, x, y, most)
  }
  const legendWidth = Math.min(width / 2, 360)
  const text = width - legendWidth - 48
  write(`${caption.place} · ${caption.title}`, 16, 30, '600 20px', ink.text, 'left', text)
  write(caption.lines.slice(0, -1).join(' · '), 16, 50, '12px', ink.soft, 'left', text)
  write(caption.lines[caption.lines.length - 1] ?? '', 16, 67, '12px', ink.soft, 'left', text)
  const slot = legendWidth / Math.max(1, caption.classes.length)
  caption.classes.forEach(({ text: label, colour }, i) => {
    const x = width - 16 - legendWidth + i * slot
    c.fillStyle = colour
    c.fillRect(x, 20, slot, 12)
    write(label, x + slot / 2, 48, '12px', ink.text, 'center', slot)
  })
  c.strokeStyle = ink.line
  c.strokeRect(width - 16 - legendWidth, 20, legendWidth, 12)
  write(caption.looks, width - 16, 67, '12px', ink.soft, 'right', legendWidth)
  write(caption.foot.join('  ·  '), 16, HEAD + height + 23, '12px', ink.soft, 'left', width - 32)
  return canvas
}

// Faint and over the whole map, so that a part that is cut out still says from when it is.
function drawWatermark(c: CanvasRenderingContext2D, width: number, height: number, caption: Caption): void {
  c.save()
  c.beginPath()
  c.rect(0, HEAD, width, height)
  c.clip()
  c.translate(width / 2, HEAD + height / 2)
  c.rotate(-Math.PI / 9)
  c.font = `14px ${FAMILY}`
  c.fillStyle = 'rgba(128, 140, 165, 0.22)'
  c.textAlign = 'center'
  const text = [caption.place, ...caption.foot.slice(0, 3)].join(' · ')
  const reach = Math.hypot(width, height) / 2
  for (let y = -reach; y < reach; y += 150) for (let x = -reach; x < reach; x += 520) c.fillText(text, x + ((y / 150) % 2) * 260, y)
  c.restore()
}

/** The view as a picture; null while there is no map. */
export function pictureOf(app: App, map: HTMLCanvasElement | null, now: Date): HTMLCanvasElement | null {
  if (!map) return null
  const scale = window.devicePixelRatio || 1
  return compose(map, map.width / scale, map.height / scale, captionOf(app, now), app.view.theme, app.view.versus ? app.view.swipe : null)
}

/** Loads the shipped font for what a picture says: a canvas draws what is there at once, or nothing. */
export async function loadFontsFor(caption: Caption): Promise<void> {
  const text = [caption.title, caption.place, ...caption.lines, ...caption.foot, caption.looks].join('')
  const patience = new Promise((done) => setTimeout(done, 1500))
  await Promise.race([Promise.all(['400 14px', '600 20px'].map((f) => document.fonts.load(`${f} "Noto Sans SC"`, text))), patience])
}

/** Saves the view as a PNG file. */
export async function savePicture(app: App, map: () => HTMLCanvasElement | null, now: Date): Promise<void> {
  await loadFontsFor(captionOf(app, now))
  const picture = pictureOf(app, map(), now)
  if (picture) await downloadPng(picture, `${captionOf(app, now).place || 'reli'}_${app.view.from}_${app.view.to}.png`)
}
