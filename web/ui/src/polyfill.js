// What MapLibre 5.22 uses and Chrome 90 lacks. Loaded first in the page and in
// the map's worker.
if (!Array.prototype.at) {
  Object.defineProperty(Array.prototype, 'at', {
    configurable: true,
    writable: true,
    value: function at(index) {
      const i = Math.trunc(index) || 0
      return this[i < 0 ? this.length + i : i]
    },
  })
}
if (typeof AbortSignal !== 'undefined' && !AbortSignal.prototype.throwIfAborted) {
  AbortSignal.prototype.throwIfAborted = function throwIfAborted() {
    if (this.aborted) throw new DOMException('The operation was aborted.', 'AbortError')
  }
}
