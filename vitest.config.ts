import { defineConfig } from 'vitest/config'

// Suites are folders (see CONTRIBUTING.md); benchmarks run by themselves (`npm run bench`).
export default defineConfig({
  test: {
    include: ['test/{unit,peers,faults,e2e}/**/*.test.ts'],
    globalSetup: 'test/fresh-pages.ts',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    execArgv: ['--disable-warning=ExperimentalWarning'],
  },
})
