/** Bundles the phone's pages into `dist/phone/`, from where the portal serves them. */
import { createHash } from 'node:crypto'
import { defineConfig, type Plugin } from 'vite'
import { portalPaths } from './preload/portal.ts'

const SERVICE_WORKER = 'service-worker.js'

export default defineConfig({
  root: 'renderer/phone',
  base: portalPaths.pages,
  publicDir: 'public',
  build: {
    outDir: '../../dist/phone',
    emptyOutDir: true,
    target: ['safari15', 'chrome100'],
    // The portal's policy allows our own files only, nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        index: 'renderer/phone/index.html',
        'service-worker': 'renderer/phone/workers/service-worker.ts',
      },
      output: {
        // A service worker is found again by its name.
        entryFileNames: ({ name }) =>
          name === 'service-worker' ? SERVICE_WORKER : 'assets/[name]-[hash].js',
      },
    },
  },
  worker: { format: 'es' },
  plugins: [listShell()],
})

/** Tells the service worker which files make up the shell, and names the set by its content. */
function listShell(): Plugin {
  return {
    name: 'sidekeep-shell',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const worker = bundle[SERVICE_WORKER]
      if (worker?.type !== 'chunk') throw new Error('the service worker is not part of the build')
      const names = Object.keys(bundle).filter((name) => name !== SERVICE_WORKER && !name.endsWith('.html'))
      // Names in `assets` carry a hash of what the file holds.
      const version = createHash('sha256').update(names.sort().join()).digest('hex').slice(0, 16)
      worker.code = worker.code
        .replace('__SHELL_FILES__', () => JSON.stringify(names))
        .replace('__SHELL_VERSION__', () => JSON.stringify(version))
    },
  }
}
