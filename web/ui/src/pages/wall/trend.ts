import type { Forecast } from '../../api/types'
import { addDays, daysBetween, formatDay } from '../../format/day'
import type { WallSeries } from './types'

export interface TrendWords {
  lang: 'zh' | 'en'
  unit: string
  now: string
}

const INK = { soft: '#9fb0cc', line: '#22304a', edge: '#5f7399', text: '#e8eef8', bar: '#5d3a66', mark: '#cc5fa6' }

/** A day of the axis: what was counted, its mean of 7 days, what is expected of a day of its week. */
interface Day {
  day: string
  count: number | null
  average: number | null
  mean: number | null
  bands: ([number, number] | null)[]
}

/** The days of the series and the weeks of the forecast after it, on one axis. */
export function trendDays(series: WallSeries, forecast: Forecast | null): Day[] {
  const days: Day[] = series.points.map((p) => ({ day: p.from, count: p.count, average: p.average ?? null, mean: null, bands: [null, null] }))
  const last = days[days.length - 1]
  const place = forecast?.places[0]
  if (!last || !place) return days
  // A forecast is of whole weeks: its share of a day is a seventh.
  for (const h of forecast.horizons.filter((x) => x.horizon.startsWith('week_'))) {
    const f = place.forecasts.find((x) => x.horizon === h.horizon)
    if (!f) continue
    const mean = (place.use === 'baseline' ? f.baseline : f.mean) / 7
    const band = (level: number): [number, number] => {
      const i = f.intervals.find((x) => x.level === level)
      return i ? [i.low / 7, i.high / 7] : [mean, mean]
    }
    for (let k = 0; k < daysBetween(h.from, h.to); k++) {
      const day = addDays(h.from, k)
      if (day > last.day) days.push({ day, count: null, average: null, mean, bands: [band(0.8), band(0.5)] })
    }
  }
  return days
}

/** Days as bars with their mean; beyond now, dashed, what is expected in its bands. */
export function trendOption(days: readonly Day[], words: TrendWords, u: number): Record<string, unknown> {
  const begin = days.findIndex((d) => d.mean !== null)
  const bandSeries = days.some((d) => d.bands[0]) ? [0, 1].flatMap((i) => band(days, i)) : []
  return {
    ...frame(days.map((d) => d.day), words, u),
    series: [
      { id: 'count', type: 'bar', data: days.map((d) => d.count), itemStyle: { color: INK.bar }, barCategoryGap: '22%', ...nowLine(begin, words, u, days) },
      ...bandSeries,
      { id: 'average', type: 'line', data: days.map((d) => d.average), showSymbol: false, lineStyle: { color: INK.mark, width: 2.4 * u }, z: 5 },
      { id: 'mean', type: 'line', step: 'middle', data: days.map((d) => d.mean), showSymbol: false, lineStyle: { color: INK.text, width: 1.8 * u, type: [5 * u, 4 * u] }, z: 5 },
    ],
  }
}

/** Months or the days of one as bars; one too small to be told has none. */
export function barsOption(series: WallSeries, words: TrendWords, u: number, step: 'month' | 'day' = 'month'): Record<string, unknown> {
  return {
    ...frame(series.points.map((p) => p.from), words, u, step),
    series: [{ id: 'count', type: 'bar', data: series.points.map((p) => p.count), itemStyle: { color: INK.mark }, barCategoryGap: '40%' }],
  }
}

function frame(days: readonly string[], words: TrendWords, u: number, step: 'month' | 'day' | '' = ''): Record<string, unknown> {
  const text = textOf(u)
  const label = (day: string) => {
    if (step === '') return formatDay(day, words.lang, 'short')
    return `${Number(step === 'month' ? day.slice(5, 7) : day.slice(8))}`
  }
  return {
    animation: false,
    grid: { left: 34 * u, right: 6 * u, top: 32 * u, bottom: 24 * u },
    xAxis: {
      type: 'category', data: [...days],
      axisLabel: { ...text, interval: step ? 0 : (i: number) => i % 13 === 3, formatter: label, hideOverlap: step !== '' },
      axisTick: { show: false }, axisLine: { lineStyle: { color: INK.edge } },
    },
    yAxis: { type: 'value', name: words.unit, nameTextStyle: { ...text, align: 'left', padding: [0, 0, 0, -30 * u] }, nameGap: 10 * u, splitNumber: 3, minInterval: 1, axisLabel: text, splitLine: { lineStyle: { color: INK.line } } },
  }
}

const textOf = (u: number) => ({ color: INK.soft, fontSize: 13 * u, fontFamily: 'Noto Sans SC, PingFang SC, Microsoft YaHei, sans-serif' })

function nowLine(begin: number, words: TrendWords, u: number, days: readonly Day[]): object {
  if (begin <= 0) return {}
  return {
    markLine: {
      silent: true, symbol: 'none', animation: false, data: [{ xAxis: days[begin - 1]!.day }],
      lineStyle: { color: INK.soft, width: u, type: 'solid' },
      label: { formatter: words.now, ...textOf(u), position: 'end', distance: 4 * u },
    },
  }
}

/** A band is an unseen line with what lies above it stacked on it. */
function band(days: readonly Day[], i: number): object[] {
  const common = { type: 'line', step: 'middle', stack: `band-${i}`, showSymbol: false, lineStyle: { opacity: 0 }, z: 2 }
  const at = (pick: (b: [number, number]) => number) => days.map((d) => (d.bands[i] ? pick(d.bands[i]!) : null))
  return [
    { id: `low-${i}`, ...common, data: at(([low]) => low) },
    { id: `high-${i}`, ...common, data: at(([low, high]) => high - low), areaStyle: { color: INK.mark, opacity: 0.2 } },
  ]
}
