import type { ExpressionSpecification, LayerSpecification, Map } from 'maplibre-gl'
import type { Legend } from '../api/types'
import { PALETTES, STROKES, type Theme } from './palette'

const CLEAR = 'rgba(0,0,0,0)'
const FONT = ['Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', 'WenQuanYi Micro Hei']
const FONT_BOLD = ['Noto Sans SC Semibold', ...FONT]

/** Colour of a value: a step at each break of the legend; none where there is no value or nothing happened. */
export function colourOf(legend: Pick<Legend, 'breaks' | 'colors' | 'measure'>, theme: Theme): ExpressionSpecification {
  const colours = legend.colors[theme]
  const first = colours[0] ?? CLEAR
  const stops = legend.breaks.flatMap((b, i) => [b, colours[i + 1] ?? first])
  const value = ['coalesce', ['get', 'value'], 0]
  const zero = ['==', value, 0]
  const bare = legend.measure.signed ? ['all', zero, ['==', ['get', 'count'], 0]] : zero
  const colour = stops.length > 0 ? ['step', value, first, ...stops] : first
  return ['case', ['!', ['has', 'value']], CLEAR, bare, CLEAR, colour] as unknown as ExpressionSpecification
}

/** How a field is drawn. */
export interface FieldLook {
  theme: Theme
  /** Id of the place picked. */
  picked: string
  /** A playback takes the place of the field's own values (map/frames). */
  playing: boolean
  /** Lets a base map shine through. */
  sheer: boolean
}

/** The layers of a field, drawn below the mask; a field not to be seen yet has them all the same, to load their tiles. */
export function fieldLayers(source: string, legend: Legend, look: FieldLook, seen: boolean): LayerSpecification[] {
  const { theme, picked, playing } = look
  const ink = PALETTES[theme]
  const opacity = seen ? 1 : 0
  const still = playing ? 0 : opacity
  const common = { source, 'source-layer': legend.layer }
  const hex = legend.layer === 'hex'
  const line = hex ? STROKES.cell : STROKES.area
  const hovered: ExpressionSpecification = ['boolean', ['feature-state', 'hover'], false]
  return [
    { id: `${source}-fill`, type: 'fill', ...common, paint: { 'fill-color': colourOf(legend, theme), 'fill-opacity': look.sheer ? 0.75 * still : still, 'fill-antialias': false } },
    {
      id: `${source}-unknown`, type: 'fill', ...common,
      filter: ['all', ['!', ['has', 'value']], ['!', ['to-boolean', ['get', 'suppressed']]], ['>', ['get', 'count'], 0]],
      paint: { 'fill-pattern': `hatch-${theme}`, 'fill-opacity': still },
    },
    // Levels can be told apart without colour.
    ...(legend.classes
      ? [{
          id: `${source}-levels`, type: 'fill', ...common,
          filter: ['>=', ['coalesce', ['get', 'level'], ['get', 'value'], 0], 1],
          paint: { 'fill-pattern': ['concat', 'level-hatch-', ['to-string', ['coalesce', ['get', 'level'], ['get', 'value'], 1]]], 'fill-opacity': 0.35 * still },
        }]
      : []),
    {
      id: `${source}-suppressed`, type: 'fill', ...common,
      filter: ['to-boolean', ['get', 'suppressed']],
      paint: { 'fill-pattern': `dot-${theme}`, 'fill-opacity': still },
    },
    {
      id: `${source}-line`, type: 'line', ...common,
      paint: {
        'line-color': hex ? ink.cellLine : ink.areaLine,
        'line-opacity': line.opacity * opacity,
        'line-width': ['interpolate', ['linear'], ['zoom'], ...line.width],
      },
    },
    {
      id: `${source}-hover`, type: 'line', ...common,
      paint: { 'line-color': ink.ink, 'line-width': 2, 'line-opacity': ['case', hovered, 1, 0] },
    },
    {
      id: `${source}-picked-edge`, type: 'line', ...common,
      filter: ['==', ['get', 'id'], picked],
      paint: { 'line-color': ink.halo, 'line-width': 6 },
    },
    {
      id: `${source}-picked`, type: 'line', ...common,
      filter: ['==', ['get', 'id'], picked],
      paint: { 'line-color': ink.ink, 'line-width': 3 },
    },
  ] as LayerSpecification[]
}

/** Ground and county, below everything; a county that is bare shows the base map under it. */
export function groundLayers(theme: Theme, bare = false): LayerSpecification[] {
  const ink = PALETTES[theme]
  return [
    { id: 'ground', type: 'background', paint: { 'background-color': ink.ground } },
    { id: 'county', type: 'fill', source: 'county', 'source-layer': 'county', paint: { 'fill-color': ink.county, 'fill-opacity': bare ? 0 : 1, 'fill-antialias': true } },
  ]
}

/** Mask, boundaries and names, above the field. */
export function inkLayers(theme: Theme): LayerSpecification[] {
  const ink = PALETTES[theme]
  return [
    { id: 'mask', type: 'fill', source: 'mask', paint: { 'fill-color': ink.ground, 'fill-opacity': 0.65, 'fill-antialias': false } },
    {
      id: 'township-line', type: 'line', source: 'township', 'source-layer': 'township',
      paint: { 'line-color': ink.boundary, 'line-opacity': STROKES.boundary.opacity, 'line-width': ['interpolate', ['linear'], ['zoom'], ...STROKES.boundary.width] },
    },
    { id: 'focus-line', type: 'line', source: 'focus', paint: { 'line-color': ink.ink, 'line-width': 2 } },
    label('label-grid', 'grid', 12, theme, false),
    label('label-village', 'village', 10.2, theme, false),
    label('label-township', 'township', 0, theme, true),
  ]
}

function label(id: string, level: string, minzoom: number, theme: Theme, strong: boolean): LayerSpecification {
  const ink = PALETTES[theme]
  return {
    id, type: 'symbol', source: 'labels', minzoom,
    filter: ['==', ['get', 'level'], level],
    layout: {
      'text-field': ['get', 'name'],
      'text-font': strong ? FONT_BOLD : FONT,
      'text-size': strong ? ['interpolate', ['linear'], ['zoom'], 8, 14, 12, 16] : 12,
      'text-letter-spacing': strong ? 0.08 : 0,
      'text-padding': 4,
      'text-max-width': 8,
      'symbol-sort-key': ['-', 0, ['get', 'population']],
    },
    paint: { 'text-color': ink.ink, 'text-halo-color': ink.halo, 'text-halo-width': 1.8 },
  }
}

/** Numerals of the response levels, above the names, which they do not push aside. */
export function badgeLayers(): LayerSpecification[] {
  return [
    {
      id: 'badges', type: 'symbol', source: 'badges',
      layout: { 'icon-image': ['concat', 'level-', ['to-string', ['get', 'level']]], 'icon-offset': [0, -22], 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'symbol-sort-key': ['get', 'level'] },
    },
  ]
}

/** Rings round hot spots, with their rank. */
export function spotLayers(theme: Theme): LayerSpecification[] {
  const ink = PALETTES[theme]
  const radius: ExpressionSpecification = ['interpolate', ['linear'], ['zoom'], 7, 7, 11, 14, 15, 28]
  return [
    { id: 'spot-edge', type: 'circle', source: 'spots', paint: { 'circle-radius': radius, 'circle-opacity': 0, 'circle-stroke-color': ink.halo, 'circle-stroke-width': 5 } },
    { id: 'spot-ring', type: 'circle', source: 'spots', paint: { 'circle-radius': radius, 'circle-opacity': 0, 'circle-stroke-color': ink.ink, 'circle-stroke-width': 2 } },
    {
      id: 'spot-rank', type: 'symbol', source: 'spots',
      layout: { 'text-field': ['to-string', ['get', 'rank']], 'text-font': FONT_BOLD, 'text-size': 12, 'text-anchor': 'left', 'text-offset': [0.9, -0.9], 'text-padding': 1, 'symbol-sort-key': ['get', 'rank'] },
      paint: { 'text-color': ink.ink, 'text-halo-color': ink.halo, 'text-halo-width': 2 },
    },
  ]
}

/** Adds layers that are missing and brings the others' paint and filter up to date. */
export function syncLayers(map: Map, layers: readonly LayerSpecification[], before?: string): void {
  for (const spec of layers) {
    if (!map.getLayer(spec.id)) {
      map.addLayer(spec, before)
      continue
    }
    for (const [key, value] of Object.entries(spec.paint ?? {})) map.setPaintProperty(spec.id, key as never, value as never)
    if ('filter' in spec && spec.filter) map.setFilter(spec.id, spec.filter)
  }
}
