import { axis, base, type Ink } from '../../components/charts'
import type { Quality, SourceQuality } from './api'
import type { Text } from './text'

interface Drawn {
  option: (ink: Ink, width: number) => Record<string, unknown>
  table: { head: string[]; rows: (string | number)[][] }
}
type Name = (entry: { zh: string; en: string }) => string

const percent = (share: number) => Number((100 * share).toFixed(1))
const LATEST_DAY = 30
const LINES = ['solid', 'dashed', 'dotted'] as const

// From exact to none: the map's ramp, the strongest first, and grey for what has no place.
const RAMP = ['#4a2a7f', '#8a3a99', '#cc5fa6', '#f7a8cc']
const ladderColours = (ink: Ink) => [...(ink.dark ? [...RAMP].reverse() : RAMP), ink.edge, ink.line]
/** Pixels over the plot for a legend of six names. */
const legendRoom = (width: number) => (width < 400 ? 96 : 56)

/** Shares of the ways in which each source's places were found. */
export function ladder(answer: Quality, sources: readonly SourceQuality[], text: Text, name: Name): Drawn {
  const shares = sources.map((s) => answer.rungs.map((r) => (s.records > 0 ? percent((s.rungs[r.code] ?? 0) / s.records) : 0)))
  return {
    table: { head: [text.source, ...answer.rungs.map(name)], rows: sources.map((s, i) => [name(s), ...shares[i]!]) },
    option: (ink, width) => ({
      ...base(ink),
      tooltip: { ...base(ink).tooltip, trigger: 'axis', axisPointer: { type: 'shadow', shadowStyle: { color: ink.line, opacity: 0.4 } }, valueFormatter: (v: number) => `${v}%` },
      grid: { ...base(ink).grid, top: legendRoom(width), right: 24 },
      legend: { ...base(ink).legend, right: 0 },
      xAxis: axis(ink, '', { type: 'value', max: 100, axisLabel: { ...axis(ink, '').axisLabel, formatter: '{value}%' } }),
      yAxis: axis(ink, '', { type: 'category', inverse: true, data: sources.map(name) }),
      series: answer.rungs.map((r, k) => ({
        type: 'bar',
        name: name(r),
        stack: 'all',
        barMaxWidth: 24,
        data: shares.map((row) => row[k]),
        itemStyle: { color: ladderColours(ink)[k] ?? ink.line, borderColor: ink.panel, borderWidth: 0.5 },
      })),
    }),
  }
}

/** How much of a day is still out so many days after it, one line a source. */
export function lateness(sources: readonly SourceQuality[], text: Text, name: Name): Drawn {
  const days = Array.from({ length: LATEST_DAY + 1 }, (_, i) => i)
  const of = (s: SourceQuality) => days.map((d) => percent(s.unreported[Math.min(d, s.unreported.length - 1)] ?? 0))
  const known = sources.filter((s) => s.unreported.length > 0)
  return {
    table: { head: [text.latenessAxis, ...known.map(name)], rows: days.map((d) => [d, ...known.map((s) => of(s)[d]!)]) },
    option: (ink, width) => ({
      ...base(ink),
      tooltip: { ...base(ink).tooltip, trigger: 'axis', axisPointer: { lineStyle: { color: ink.edge } }, valueFormatter: (v: number) => `${v}%` },
      grid: { ...base(ink).grid, top: legendRoom(width), bottom: 24 },
      legend: { ...base(ink).legend, right: 0 },
      xAxis: axis(ink, text.latenessAxis, { type: 'category', boundaryGap: false, data: days, nameLocation: 'middle', nameGap: 26, splitLine: { show: false } }),
      yAxis: axis(ink, '', { type: 'value', min: 0, axisLabel: { ...axis(ink, '').axisLabel, formatter: '{value}%' } }),
      series: known.map((s, i) => {
        const colour = [ink.mark, ink.text, ink.edge][Math.floor(i / LINES.length) % 3]!
        return { type: 'line', name: name(s), data: of(s), symbol: 'none', lineStyle: { color: colour, width: 1.6, type: LINES[i % LINES.length] }, itemStyle: { color: colour } }
      }),
    }),
  }
}
