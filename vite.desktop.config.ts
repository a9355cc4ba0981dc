/** Bundles the window into `dist/desktop/`, from where the host serves it and the app shows it. */
import { defineConfig } from 'vite'

export default defineConfig({
  root: 'renderer/desktop',
  publicDir: false,
  build: {
    outDir: '../../dist/desktop',
    emptyOutDir: true,
    target: 'chrome130',
    // The window's policy allows our own files only, nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // It is loaded from this computer, once.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      // Mantine marks its files for servers that render; there is none here.
      onLog: (level, log, defaultHandler) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') defaultHandler(level, log)
      },
    },
  },
  // Put in the place of this word each time the window is opened.
  html: { cspNonce: '__NONCE__' },
})
