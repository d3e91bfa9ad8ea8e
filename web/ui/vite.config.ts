import vue from '@vitejs/plugin-vue'
import { readdirSync } from 'node:fs'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

// Every browser this page supports reads woff2; shipping woff beside it would
// double the size of the embedded files.
function woff2Only(): Plugin {
  return {
    name: 'reli:woff2-only',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('@fontsource') || !id.includes('.css')) return null
      return code.replace(/,\s*url\([^)]*\.woff\)\s*format\('woff'\)/g, '')
    },
  }
}

// Each page is a file of its own, /wall is wall.html, so that none loads the
// code of another.
const pages = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.html'))
const mapOf: Record<string, string> = { '/index.html': 'map/components/MapView.vue', '/wall.html': 'wall/components/WallMap.vue' }

// The map's code is asked for with the page, not after the page has run; so is
// what it imports, of which a browser hears only when it has the map's.
function preloadMap(): Plugin {
  return {
    name: 'reli:preload-map',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle, path }) {
        const view = mapOf[path]
        if (!view) return []
        const chunk = Object.values(bundle ?? {}).find((f) => f.type === 'chunk' && f.facadeModuleId?.includes(view))
        if (chunk?.type !== 'chunk') return []
        const styles = [...(chunk.viteMetadata?.importedCss ?? [])]
        return [
          ...[chunk.fileName, ...chunk.imports].filter((file) => !html.includes(file)).map((file) => ({ tag: 'link', attrs: { rel: 'modulepreload', href: `/${file}` }, injectTo: 'head' as const })),
          ...styles.map((file) => ({ tag: 'link', attrs: { rel: 'preload', as: 'style', crossorigin: true, href: `/${file}` }, injectTo: 'head' as const })),
        ]
      },
    },
  }
}

export default defineConfig({
  plugins: [woff2Only(), preloadMap(), vue()],
  define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false' },
  resolve: {
    alias: [
      // The CSP build takes its worker from a file of this server, not from a blob.
      { find: /^maplibre-gl$/, replacement: 'maplibre-gl/dist/maplibre-gl-csp.js' },
    ],
  },
  build: {
    target: 'chrome90',
    cssTarget: 'chrome90',
    // Nothing is inlined: `data:` fonts and scripts are refused by the CSP.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1100,
    rollupOptions: { input: pages },
  },
  test: { include: ['src/**/*.test.ts'] },
})
