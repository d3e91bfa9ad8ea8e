import { BarChart, LineChart, ScatterChart } from 'echarts/charts'
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components'
import { init, use, type ECharts } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

// Only what the pages draw. Canvas, and tooltips drawn on it: ECharts' own
// elements carry style attributes, which the CSP refuses.
use([BarChart, LineChart, ScatterChart, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, CanvasRenderer])

/** Colours of the theme in force, read of the style sheet. */
export interface Ink {
  text: string
  soft: string
  line: string
  edge: string
  panel: string
  mark: string
  markSoft: string
  dark: boolean
}

export type { ECharts }

export function inkOf(element: Element): Ink {
  const style = getComputedStyle(element)
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return { text: of('text'), soft: of('soft'), line: of('line'), edge: of('edge'), panel: of('panel'), mark: of('mark'), markSoft: of('mark-soft'), dark: style.colorScheme.includes('dark') }
}

export const FONT = "'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', 'Source Han Sans SC', 'WenQuanYi Micro Hei', sans-serif"

export function makeChart(box: HTMLElement): ECharts {
  return init(box, null, { renderer: 'canvas', devicePixelRatio: Math.max(2, devicePixelRatio) })
}

/** What all charts have: type, tooltip, room for the axes. */
export function base(ink: Ink) {
  return {
    animation: false,
    textStyle: { fontFamily: FONT, fontSize: 12, color: ink.soft },
    grid: { left: 8, right: 16, top: 36, bottom: 8, containLabel: true },
    tooltip: {
      renderMode: 'richText' as const,
      confine: true,
      backgroundColor: ink.panel,
      borderColor: ink.edge,
      borderWidth: 1,
      padding: [8, 12],
      textStyle: { fontFamily: FONT, fontSize: 12, lineHeight: 18, color: ink.text },
    },
    legend: { top: 0, left: 0, itemWidth: 16, itemHeight: 8, itemGap: 16, textStyle: { fontFamily: FONT, fontSize: 12, color: ink.soft }, inactiveColor: ink.line },
  }
}

/** An axis of numbers or names with its unit. */
export function axis(ink: Ink, name: string, more: Record<string, unknown> = {}) {
  return {
    name,
    nameTextStyle: { color: ink.soft, fontFamily: FONT, fontSize: 12 },
    axisLabel: { color: ink.soft, fontFamily: FONT, fontSize: 12, hideOverlap: true },
    axisLine: { lineStyle: { color: ink.edge } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: ink.line } },
    ...more,
  }
}

const TYPE_PATIENCE_MS = 1500

/** Fulfilled when the page's font is in, or is too late: widths of text are measured once and kept. */
export async function typeReady(sample: string): Promise<void> {
  const late = new Promise<void>((done) => setTimeout(done, TYPE_PATIENCE_MS))
  const type = import('../styles/fonts').then(() => document.fonts.load(`12px ${FONT}`, `${sample} 0123456789`))
  await Promise.race([late, type.catch(() => undefined)])
}
