import { addDays, daysBetween, isDay } from '../../../format/day'
import { hoursText, weekdaysText } from '../../../format/ranges'
import { joinQuery, type View } from './view'

export type Dimension = 'window' | 'area' | 'category' | 'source' | 'channel' | 'hours' | 'weekdays'

export interface SelectionOptions {
  /** Dimensions to leave out, so that a control can count all of its own values. */
  without?: readonly Dimension[]
  area?: string
  cell?: string
  window?: { from: string; to: string }
  /** Instead of the view's measure. */
  measure?: string
}

/** The selection of a view as the server's query: keys sorted, empty ones left out. */
export function selectionQuery(view: View, options: SelectionOptions = {}, extra: Record<string, string> = {}): string {
  const without = new Set(options.without)
  const window = options.window ?? view
  const all: Record<string, string> = {
    ...extra,
    area: without.has('area') ? '' : (options.area ?? view.area),
    category: without.has('category') ? '' : view.category.join(','),
    cell: options.cell ?? '',
    channel: without.has('channel') ? '' : view.channel.join(','),
    from: without.has('window') ? '' : window.from,
    hours: without.has('hours') ? '' : hoursText(view.hours),
    measure: options.measure ?? view.measure,
    source: without.has('source') ? '' : view.source.join(','),
    to: without.has('window') ? '' : window.to,
    weekdays: without.has('weekdays') ? '' : weekdaysText(view.weekdays),
  }
  const keys = Object.keys(all).filter((k) => all[k] !== '').sort()
  return joinQuery(keys.map((k) => [k, all[k]!]))
}

/** The window of the same length that ends where this one begins. */
export function previousWindow(view: Pick<View, 'from' | 'to'>): { from: string; to: string } {
  return { from: addDays(view.from, -daysBetween(view.from, view.to)), to: view.from }
}

/** The same days a year before; 29 February becomes the 28th. */
export function yearBefore(view: Pick<View, 'from' | 'to'>): { from: string; to: string } {
  const back = (day: string) => {
    const text = `${Number(day.slice(0, 4)) - 1}${day.slice(4)}`
    return isDay(text) ? text : `${text.slice(0, 8)}28`
  }
  return { from: back(view.from), to: back(view.to) }
}

/** How many filters narrow the view, the window not counted. */
export function filterCount(view: View): number {
  return [view.category, view.source, view.channel, view.hours, view.weekdays].filter((f) => f.length > 0).length
}
