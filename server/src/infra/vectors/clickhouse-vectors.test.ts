import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ConformanceTarget, codeOf, openConformanceTarget } from '../clickhouse/conformance-target.ts'
import { migrateClickHouse } from '../clickhouse/migrate.ts'
import { contentEmbeddings, userPreferenceEmbeddings } from './clickhouse-columns.ts'
import { createClickHouseVectors } from './clickhouse-vectors.ts'
import { describeVectorIndex, type VectorIndexes } from './conformance.ts'
import { measureSearch } from './measure-search.ts'
import { contentVectors, userPreferenceVectors } from './vector-index.ts'
import { contentRecord, model, randomFrom, wholeVector } from './vector-samples.ts'

const shipped = fileURLToPath(new URL('../../../migrations/clickhouse', import.meta.url))
const workspace = '00000000-0000-4000-8000-000000000001'
let target: ConformanceTarget
let indexes: VectorIndexes

beforeAll(async () => {
  target = await openConformanceTarget()
  await migrateClickHouse(target.client, shipped)
  indexes = {
    content: createClickHouseVectors(target.client, contentVectors, contentEmbeddings),
    preferences: createClickHouseVectors(target.client, userPreferenceVectors, userPreferenceEmbeddings),
  }
})

afterAll(() => target.close())

describeVectorIndex(() => indexes)

test('merging changes no answer, and takes replaced and deleted vectors off the disk', async () => {
  const { content } = indexes
  const random = randomFrom(3)
  const records = Array.from({ length: 30 }, () => contentRecord(wholeVector(random)))
  await content.upsert(workspace, records)
  await content.upsert(
    workspace,
    records.slice(0, 10).map((record) => ({ ...record, vector: wholeVector(random) })),
  )
  await content.delete(
    workspace,
    records.slice(5, 15).map(({ key }) => key),
  )
  const query = { model, vector: wholeVector(random), topK: 100 }
  const before = await content.query(workspace, query)
  expect(before).toHaveLength(20)
  await target.client.command({ query: 'OPTIMIZE TABLE content_embeddings FINAL' })
  expect(await content.query(workspace, query)).toEqual(before)
  const where = `FROM content_embeddings WHERE workspace_id = '${workspace}'`
  expect(await target.rows(`SELECT uniqExact(content_id) = count() AS one_each ${where}`)).toEqual([
    { one_each: 1 },
  ])
  const left = `SELECT count() AS n ${where} AND is_deleted AND arrayExists(x -> x != 0, embedding)`
  expect(await target.rows(left)).toEqual([{ n: '0' }])
})

test('the table itself refuses a vector of another length', async () => {
  const insert = target.client.insert({
    table: 'content_embeddings',
    values: [{ workspace_id: workspace, model, content_id: workspace, embedding: [1, 2, 3] }],
    format: 'JSONEachRow',
  })
  expect(await codeOf(insert)).toBe('469')
})

test('a filtered search makes no later count wrong', async () => {
  const own = '00000000-0000-4000-8000-000000000002'
  const random = randomFrom(5)
  await indexes.content.upsert(
    own,
    Array.from({ length: 1_500 }, (_, index) =>
      contentRecord(wholeVector(random), { platform: index % 7 ? 'x' : 'threads' }),
    ),
  )
  const query = { model, vector: wholeVector(random), topK: 10, filter: { platform: { anyOf: ['threads'] } } }
  for (let round = 0; round < 3; round++) expect(await indexes.content.query(own, query)).toHaveLength(10)
  const count = `SELECT count() AS n FROM content_embeddings WHERE workspace_id = '${own}'`
  expect(await target.rows(`${count} AND platform = 'threads'`)).toEqual([{ n: '215' }])
  expect(await target.rows(count)).toEqual([{ n: '1500' }])
})

test('a search among 5,000 vectors of a workspace is measured, with others beside it', async ({
  annotate,
}) => {
  const random = randomFrom(8)
  const workspaces = ['00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000004']
  for (const each of workspaces) {
    const records = Array.from({ length: 5_000 }, () => contentRecord(wholeVector(random)))
    await indexes.content.upsert(each, records)
  }
  const vectors = Array.from({ length: 20 }, () => wholeVector(random))
  const figures = await measureSearch(indexes.content, workspaces[0] ?? '', { model, vectors })
  await annotate(`5,000 vectors: p50 ${figures.p50Ms.toFixed(1)} ms, p99 ${figures.p99Ms.toFixed(1)} ms`)
  // How long it takes says nothing about right or wrong on a shared machine.
  expect(figures.searches).toBe(20)
  expect(figures.p99Ms).toBeGreaterThanOrEqual(figures.p50Ms)
}, 120_000)
