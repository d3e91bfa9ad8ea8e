/** Twice the screen's pixels: sharp in a document. */
const RATIO = 2
const MARGIN = 16
const HEAD = 32
const FOOT = 28

/**
 * A chart made of lines, rectangles and texts as a picture, between its title
 * and its source. It is drawn anew in the page's own font: an SVG that is
 * shown as an image has none of it.
 */
export function pictureOfSvg(svg: SVGSVGElement, title: string, source: string): HTMLCanvasElement {
  const [width, height] = [svg.width.baseVal.value, svg.height.baseVal.value]
  const canvas = document.createElement('canvas')
  canvas.width = (width + 2 * MARGIN) * RATIO
  canvas.height = (height + HEAD + FOOT + MARGIN) * RATIO
  const c = canvas.getContext('2d')!
  const style = getComputedStyle(svg)
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim()
  c.scale(RATIO, RATIO)
  c.fillStyle = colour('panel')
  c.fillRect(0, 0, canvas.width, canvas.height)
  write(c, title, MARGIN, 24, `600 14px ${style.fontFamily}`, colour('text'))
  write(c, source, MARGIN, height + HEAD + FOOT, `12px ${style.fontFamily}`, colour('soft'), width)
  c.translate(MARGIN, HEAD)
  for (const element of svg.querySelectorAll<SVGElement>('rect, line, polyline, text')) drawElement(c, element)
  return canvas
}

function write(c: CanvasRenderingContext2D, text: string, x: number, y: number, font: string, colour: string, most?: number): void {
  Object.assign(c, { font, fillStyle: colour, textAlign: 'left' })
  c.fillText(text, x, y, most)
}

function drawElement(c: CanvasRenderingContext2D, element: SVGElement): void {
  const style = getComputedStyle(element)
  const n = (name: string) => Number(element.getAttribute(name) ?? 0)
  if (element.tagName === 'text') {
    const anchor = element.getAttribute('text-anchor') ?? 'start'
    Object.assign(c, { font: `${style.fontSize} ${style.fontFamily}`, fillStyle: style.fill, textAlign: anchor === 'middle' ? 'center' : anchor })
    return c.fillText(element.textContent ?? '', n('x'), n('y'))
  }
  const path = new Path2D()
  if (element.tagName === 'rect') path.rect(n('x'), n('y'), n('width'), n('height'))
  else for (const [x, y] of pointsOf(element)) path.lineTo(x, y)
  if (style.fill !== 'none' && element.tagName === 'rect') {
    Object.assign(c, { fillStyle: style.fill, globalAlpha: Number(style.fillOpacity) })
    c.fill(path)
    c.globalAlpha = 1
  }
  if (style.stroke === 'none') return
  Object.assign(c, { strokeStyle: style.stroke, lineWidth: parseFloat(style.strokeWidth) })
  c.setLineDash(style.strokeDasharray === 'none' ? [] : style.strokeDasharray.split(/[ ,]+/).map(parseFloat))
  c.stroke(path)
  c.setLineDash([])
}

/** Points of a line or a polyline. */
function pointsOf(element: SVGElement): [number, number][] {
  const n = (name: string) => Number(element.getAttribute(name) ?? 0)
  if (element.tagName === 'line') return [[n('x1'), n('y1')], [n('x2'), n('y2')]]
  const flat = (element.getAttribute('points') ?? '').split(/[ ,]+/).filter(Boolean).map(Number)
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!])
}
