import type { CustomLayerInterface } from 'maplibre-gl'

/** What a map had drawn when it came to its lift layer: RGBA, the lowest row first, as WebGL reads it. */
export interface Lifted {
  width: number
  height: number
  pixels: Uint32Array
}

/**
 * A layer that draws nothing: while `lifting`, it hands over what is drawn
 * below it and wipes it off, so that only what lies above it is left, on
 * nothing. Another canvas can so lie between the two.
 */
export function liftLayer(id: string, lifting: () => boolean, take: (below: Lifted) => void): CustomLayerInterface {
  let pixels = new Uint32Array()
  return {
    id,
    type: 'custom',
    renderingMode: '2d',
    render(gl) {
      if (!lifting()) return
      const { width, height } = gl.canvas
      if (pixels.length !== width * height) pixels = new Uint32Array(width * height)
      gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(pixels.buffer))
      gl.clearColor(0, 0, 0, 0)
      gl.clear(gl.COLOR_BUFFER_BIT)
      take({ width, height, pixels })
    },
  }
}
