import { axis, base, type Ink } from '../../components/charts'
import { formatCount } from '../../format/number'
import { addDays } from '../../format/day'
import { givenOf, type Backtest, type HorizonReport, type Method } from './api'
import { fill } from '../../components/siteText'
import type { Text } from './text'

/** One chart as ChartBox takes it. */
export interface Figure {
  key: string
  title: string
  note: string
  option: (ink: Ink) => Record<string, unknown>
  table: { head: string[]; rows: (string | number)[][] }
}

const percent = (share: number, digits = 1) => Number((100 * share).toFixed(digits))

/** The four charts of a horizon. */
export function figuresOf(answer: Backtest, horizon: HorizonReport, text: Text): Figure[] {
  const given = givenOf(horizon)
  const name = answer.skill?.find((s) => s.horizon === horizon.horizon)?.baseline ?? 'gamma_poisson_52'
  const bottom = horizon.methods.find((m) => m.method === name) ?? given
  return [skill(answer, given, bottom, text), reliability(given, bottom, text), pit(given, text), hits(given, bottom, text)]
}

function skill(answer: Backtest, given: Method, bottom: Method, text: Text): Figure {
  const start = addDays(answer.history_to, -7 * answer.report!.holdout_weeks)
  const weeks = given.weekly_log_score.map((_, i) => addDays(start, 7 * i))
  const values = given.weekly_log_score.map((score, i) => percent(1 - score / bottom.weekly_log_score[i]!, 2))
  const rows = weeks.map((w, i) => [w, values[i]!, given.weekly_log_score[i]!.toFixed(4), bottom.weekly_log_score[i]!.toFixed(4)])
  return {
    key: 'skill',
    title: text.skillChart,
    note: fill(text.skillChartNote, { base: text.methods[bottom.method] ?? bottom.method }),
    table: { head: [text.week, text.skillAxis, text.model, text.baseline], rows },
    option: (ink) => ({
      ...base(ink),
      legend: undefined,
      tooltip: {
        ...base(ink).tooltip,
        trigger: 'axis',
        axisPointer: { type: 'shadow', shadowStyle: { color: ink.line, opacity: 0.4 } },
        formatter: ([p]: { dataIndex: number }[]) => {
          const r = rows[p!.dataIndex]!
          return `${r[0]}\n${text.skill} ${r[1]}%\n${text.logScore} ${text.model} ${r[2]} · ${text.baseline} ${r[3]}`
        },
      },
      xAxis: axis(ink, '', { type: 'category', data: weeks, axisLine: { onZero: false, lineStyle: { color: ink.edge } }, splitLine: { show: false }, axisLabel: { ...axis(ink, '').axisLabel, formatter: (v: string) => v.slice(5).replace('-', '/') } }),
      yAxis: axis(ink, text.skillAxis, { type: 'value', nameTextStyle: { color: ink.soft, align: 'left' } }),
      series: [
        {
          type: 'bar',
          barMaxWidth: 24,
          data: values.map((v) => ({ value: v, itemStyle: { color: v >= 0 ? ink.mark : ink.edge } })),
          markLine: { silent: true, symbol: 'none', label: { show: false }, lineStyle: { color: ink.text, type: 'solid', width: 1 }, data: [{ yAxis: 0 }] },
        },
      ],
    }),
  }
}

function reliability(given: Method, bottom: Method, text: Text): Figure {
  const most = Math.max(1, ...[given, bottom].flatMap((m) => (m.reliability ?? []).map((r) => r.cases)))
  const series = (m: Method, name: string, colour: string, hollow: string | null) => ({
    type: 'scatter',
    name,
    data: (m.reliability ?? []).map((r) => [percent(r.said), percent(r.actual), r.cases]),
    symbolSize: (v: number[]) => 8 + 16 * Math.sqrt(v[2]! / most),
    itemStyle: hollow ? { color: 'transparent', borderColor: colour, borderWidth: 1.5 } : { color: colour, opacity: 0.85 },
  })
  return {
    key: 'reliability',
    title: text.reliability,
    note: text.reliabilityNote,
    table: {
      head: [text.method, text.said, text.actual, text.times],
      rows: [given, bottom].flatMap((m) => (m.reliability ?? []).map((r) => [text.methods[m.method] ?? m.method, percent(r.said), percent(r.actual), r.cases])),
    },
    option: (ink) => ({
      ...base(ink),
      tooltip: {
        ...base(ink).tooltip,
        formatter: (p: { seriesName: string; value: number[] }) => `${p.seriesName}\n${text.said} ${p.value[0]}\n${text.actual} ${p.value[1]}\n${text.times} ${formatCount(p.value[2]!)}`,
      },
      grid: { ...base(ink).grid, bottom: 24 },
      xAxis: axis(ink, text.said, { type: 'value', min: 0, max: 100, nameLocation: 'middle', nameGap: 26 }),
      yAxis: axis(ink, '', { type: 'value', min: 0, max: 100, axisLabel: { ...axis(ink, '').axisLabel, formatter: '{value}%' } }),
      series: [
        { ...series(bottom, text.methods[bottom.method] ?? bottom.method, ink.edge, 'hollow') },
        {
          ...series(given, text.methods[given.method] ?? given.method, ink.mark, null),
          markLine: { silent: true, symbol: 'none', label: { show: false }, lineStyle: { color: ink.edge, type: 'dashed' }, data: [[{ coord: [0, 0] }, { coord: [100, 100] }]] },
        },
      ],
    }),
  }
}

function pit(given: Method, text: Text): Figure {
  const classes = given.pit.map((_, i) => `${(i / 10).toFixed(1)}–${((i + 1) / 10).toFixed(1)}`)
  const values = given.pit.map((v) => percent(v))
  return {
    key: 'pit',
    title: text.pit,
    note: text.pitNote,
    table: { head: [text.pitAxis, text.share], rows: classes.map((c, i) => [c, values[i]!]) },
    option: (ink) => ({
      ...base(ink),
      legend: undefined,
      tooltip: { ...base(ink).tooltip, trigger: 'axis', axisPointer: { type: 'none' }, formatter: ([p]: { dataIndex: number }[]) => `${classes[p!.dataIndex]}\n${values[p!.dataIndex]}%` },
      grid: { ...base(ink).grid, bottom: 24 },
      xAxis: axis(ink, text.pitAxis, { type: 'category', data: classes, nameLocation: 'middle', nameGap: 26, axisLabel: { ...axis(ink, '').axisLabel, formatter: (c: string) => c.slice(0, 3) } }),
      yAxis: axis(ink, text.share, { type: 'value', min: 0, nameTextStyle: { color: ink.soft, align: 'left' } }),
      series: [
        {
          type: 'bar',
          barCategoryGap: '8%',
          data: values,
          itemStyle: { color: ink.mark },
          markLine: { silent: true, symbol: 'none', label: { formatter: '10%', color: ink.text, position: 'insideEndTop' }, lineStyle: { color: ink.text, type: 'dashed' }, data: [{ yAxis: 10 }] },
        },
      ],
    }),
  }
}

function hits(given: Method, bottom: Method, text: Text): Figure {
  const shares = given.hit_curve.map((h) => `${percent(h.share_of_cells)}%`)
  const low = given.hit_curve.map((h) => percent(h.interval_90.low))
  const high = given.hit_curve.map((h) => percent(h.interval_90.high))
  const rate = (m: Method) => m.hit_curve.map((h) => percent(h.hit_rate))
  const name = (m: Method) => text.methods[m.method] ?? m.method
  const rows = shares.map((s, i) => [s, rate(given)[i]!, low[i]!, high[i]!, rate(bottom)[i]!])
  return {
    key: 'hits',
    title: text.hits,
    note: text.hitsNote,
    table: { head: [text.hitsAxis, `${text.model} ${text.hitRate}`, `${text.interval} ↓`, `${text.interval} ↑`, `${text.baseline} ${text.hitRate}`], rows },
    option: (ink) => ({
      ...base(ink),
      legend: { ...base(ink).legend, data: [name(given), name(bottom)] },
      tooltip: {
        ...base(ink).tooltip,
        trigger: 'axis',
        formatter: ([p]: { dataIndex: number }[]) => {
          const r = rows[p!.dataIndex]!
          return `${text.hitsAxis} ${r[0]}\n${text.model} ${r[1]}% (${r[2]}%–${r[3]}%)\n${text.baseline} ${r[4]}%`
        },
      },
      grid: { ...base(ink).grid, bottom: 24 },
      xAxis: axis(ink, text.hitsAxis, { type: 'category', data: shares, boundaryGap: false, nameLocation: 'middle', nameGap: 26 }),
      yAxis: axis(ink, '', { type: 'value', min: 0, axisLabel: { ...axis(ink, '').axisLabel, formatter: '{value}%' } }),
      series: [
        { type: 'line', name: 'low', stack: 'band', data: low, symbol: 'none', lineStyle: { opacity: 0 }, silent: true },
        { type: 'line', name: 'band', stack: 'band', data: high.map((h, i) => h - low[i]!), symbol: 'none', lineStyle: { opacity: 0 }, areaStyle: { color: ink.mark, opacity: 0.2 }, silent: true },
        { type: 'line', name: name(bottom), data: rate(bottom), symbol: 'rect', symbolSize: 6, lineStyle: { color: ink.edge, type: 'dashed', width: 1.5 }, itemStyle: { color: ink.edge } },
        { type: 'line', name: name(given), data: rate(given), symbol: 'circle', symbolSize: 7, lineStyle: { color: ink.mark, width: 2 }, itemStyle: { color: ink.mark } },
      ],
    }),
  }
}
