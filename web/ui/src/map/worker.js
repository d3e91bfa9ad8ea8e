// The map's worker: the polyfills, then MapLibre's own worker.
import '../polyfill.js'
import 'maplibre-gl/dist/maplibre-gl-csp-worker.js'
