import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{server,bench,scripts,web}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['server/test/engines-for-tests.ts'],
    // chDB and signal handling need processes of their own.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
