import { expect, test } from 'vitest'
import { migratedText } from './migrated.ts'

test('each engine is told of: what was applied, what was up to date, what nobody has told where to find', () => {
  expect(migratedText({ database: { applied: 47 }, analytics: { applied: 1 } }, '/data')).toBe(
    'PostgreSQL: 47 migrations applied; ClickHouse: 1 migration applied.',
  )
  expect(migratedText({ database: { applied: 0 }, analytics: { applied: 0 } }, '/data')).toBe(
    'PostgreSQL: up to date; ClickHouse: up to date.',
  )
  expect(migratedText({ database: { applied: 2 }, analytics: undefined }, '/data')).toBe(
    'PostgreSQL: 2 migrations applied; ClickHouse: not touched, for CLICKHOUSE_URL is not set and no instance that has ' +
      'one runs on /data.',
  )
})
