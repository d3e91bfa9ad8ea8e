export type Theme = 'dark' | 'light'

/** Colours of the map's ground and ink; the field's own colours come with the legend. */
export interface Palette {
  ground: string
  county: string
  cellLine: string
  areaLine: string
  boundary: string
  ink: string
  halo: string
  pattern: [r: number, g: number, b: number]
}

/** A line that grows from one zoom to another. */
export interface Stroke {
  opacity: number
  width: [zoom: number, width: number, zoom: number, width: number]
}

/** The lines of a field of hexagons, of one of areas, and of the townships. */
export const STROKES = {
  cell: { opacity: 0.7, width: [7, 0.4, 11, 0.8] },
  area: { opacity: 1, width: [7, 0.4, 11, 1] },
  boundary: { opacity: 0.75, width: [7, 0.6, 12, 1.4] },
} satisfies Record<string, Stroke>

export const PALETTES: Record<Theme, Palette> = {
  dark: {
    ground: '#0B1220',
    county: '#0F182A',
    cellLine: '#3D3372',
    areaLine: '#33456A',
    boundary: '#7E90B4',
    ink: '#E8EEF8',
    halo: '#0B1220',
    pattern: [159, 176, 204],
  },
  light: {
    ground: '#E9ECF2',
    county: '#F7F7FA',
    cellLine: '#D79DBD',
    areaLine: '#B9C3D4',
    boundary: '#5D6B85',
    ink: '#16202F',
    halo: '#FFFFFF',
    pattern: [70, 84, 110],
  },
}
