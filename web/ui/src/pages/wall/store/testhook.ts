import type { WallMap } from '../map/wallmap'
import type { Wall } from './wall'

/** What tests of the wall may look at, at `window.__wall`. It is for reading. */
export interface WallHook {
  wall: Wall
  control: WallMap
}

declare global {
  interface Window {
    __wall?: WallHook
  }
}

export function exposeToTests(wall: Wall, control: WallMap): void {
  window.__wall = { wall, control }
}
