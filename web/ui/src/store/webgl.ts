/** Whether the map can be drawn by the graphics card; `?webgl=0` says no, to try the drawing without. */
export function hasWebGl(search: string): boolean {
  if (new URLSearchParams(search).get('webgl') === '0') return false
  const canvas = document.createElement('canvas')
  return canvas.getContext('webgl2') !== null || canvas.getContext('webgl') !== null
}
