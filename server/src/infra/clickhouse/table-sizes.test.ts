import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ConformanceTarget, openConformanceTarget } from './conformance-target.ts'
import { listColumnSizes, listTableSizes } from './table-sizes.ts'

let target: ConformanceTarget

beforeAll(async () => {
  target = await openConformanceTarget()
})

afterAll(() => target.close())

test('sizes are those of the own database, per table and per column, and add up', async () => {
  const { client } = target
  for (const [table, rows] of [
    ['small', 10],
    ['large', 100_000],
  ]) {
    await client.command({
      query: `CREATE TABLE ${table} (id UInt64 CODEC(NONE), text String) ENGINE = MergeTree ORDER BY id
        SETTINGS min_bytes_for_wide_part = 0`,
    })
    await client.command({ query: `INSERT INTO ${table} SELECT number, 'same' FROM numbers(${rows})` })
  }
  const sizes = await listTableSizes(client)
  expect(sizes.map(({ table, rows }) => [table, rows])).toEqual([
    ['large', 100_000],
    ['small', 10],
  ])
  const [large] = sizes
  const columns = await listColumnSizes(client, 'large')
  expect(columns.map(({ column, type, codec }) => [column, type, codec])).toEqual([
    ['id', 'UInt64', 'CODEC(NONE)'],
    ['text', 'String', ''],
  ])
  expect(columns[0]?.uncompressedBytes).toBe(800_000)
  expect(columns[0]?.bytesPerRow).toBeGreaterThan(8)
  expect(columns[0]?.bytesPerRow).toBeLessThan(8.1)
  const ofColumns = columns.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  expect(large?.sizeBytes).toBeGreaterThan(ofColumns)
  expect(large?.bytesPerRow).toBeCloseTo((large?.sizeBytes ?? 0) / 100_000, 6)
})

test('a table that is not there, or is named like SQL, has no columns', async () => {
  expect(await listColumnSizes(target.client, 'absent')).toEqual([])
  expect(await listColumnSizes(target.client, "large' OR '1'='1")).toEqual([])
})
