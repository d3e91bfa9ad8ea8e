import type { CustomLayerInterface } from 'maplibre-gl'

/** Part of the canvas's width that is drawn on, as shares; null for all of it. */
export type Clip = [from: number, to: number] | null

/**
 * A layer that draws nothing and limits what the layers after it draw to a
 * part of the canvas, until the next such layer. Two fields of one map can so
 * lie side by side with one camera and one WebGL context.
 */
export function clipLayer(id: string, clip: () => Clip): CustomLayerInterface {
  return {
    id,
    type: 'custom',
    renderingMode: '2d',
    render(gl) {
      const part = clip()
      if (!part) return gl.disable(gl.SCISSOR_TEST)
      const { width, height } = gl.canvas
      const from = Math.round(part[0] * width)
      gl.enable(gl.SCISSOR_TEST)
      gl.scissor(from, 0, Math.round(part[1] * width) - from, height)
    },
  }
}
