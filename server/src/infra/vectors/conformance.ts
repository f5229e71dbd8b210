import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { PublicError } from '../errors.ts'
import {
  type ContentKey,
  type ContentMetadata,
  type UserPreferenceKey,
  type UserPreferenceMetadata,
  type VectorIndex,
  vectorDimensions,
} from './vector-index.ts'
import { contentRecord, cosineDistance, model, randomFrom, wholeVector } from './vector-samples.ts'

export interface VectorIndexes {
  readonly content: VectorIndex<ContentKey, ContentMetadata>
  readonly preferences: VectorIndex<UserPreferenceKey, UserPreferenceMetadata>
}

/** The fields that a refusal names; fails if nothing is refused. */
async function faultsOf(work: Promise<unknown>): Promise<string[]> {
  const error = await work.then(
    () => undefined,
    (refused: unknown) => refused,
  )
  if (!(error instanceof PublicError)) throw new Error('this was not refused', { cause: error })
  return error.faults.map(({ field }) => field)
}

/** What every implementation of the port keeps to. `open` is asked within each test. */
export function describeVectorIndex(open: () => VectorIndexes): void {
  const random = randomFrom(11)
  const axis = (index: number, more: readonly number[] = []): number[] =>
    Array.from({ length: vectorDimensions }, (_, at) => (at === index || more.includes(at) ? 1 : 0))
  const idsNear = async (workspace: string, vector: readonly number[], topK = 10) =>
    (await open().content.query(workspace, { model, vector, topK })).map(({ key }) => key.contentId)

  test('the nearest neighbours are those of the exact computation, with their distances', async () => {
    const workspace = randomUUID()
    const records = Array.from({ length: 400 }, () => contentRecord(wholeVector(random)))
    await open().content.upsert(workspace, records)
    for (let round = 0; round < 3; round++) {
      const vector = wholeVector(random)
      const exact = records
        .map((record) => ({ id: record.key.contentId, distance: cosineDistance(record.vector, vector) }))
        .sort((a, b) => a.distance - b.distance)
      const found = await open().content.query(workspace, { model, vector, topK: 25 })
      expect(found.map(({ key }) => key.contentId)).toEqual(exact.slice(0, 25).map(({ id }) => id))
      found.forEach(({ distance }, index) => {
        expect(distance).toBeCloseTo(exact[index]?.distance ?? Number.NaN, 5)
      })
    }
  })

  test('what was written comes back: key, metadata to the millisecond, nulls', async () => {
    const workspace = randomUUID()
    const record = contentRecord(axis(3), {
      topics: ['music', "o'brien \\ \t 🎺"],
      engagementScore: 0.5,
      platform: '',
    })
    await open().content.upsert(workspace, [record])
    const [match, ...others] = await open().content.query(workspace, { model, vector: axis(3), topK: 5 })
    expect(others).toEqual([])
    expect(match?.key).toEqual(record.key)
    expect(match?.metadata).toEqual(record.metadata)
    expect(match?.distance).toBeCloseTo(0, 5)
  })

  test('another workspace is never returned, changed or deleted, not even by its ids', async () => {
    const [mine, theirs] = [randomUUID(), randomUUID()]
    const { content } = open()
    const shared = randomUUID()
    await content.upsert(theirs, [contentRecord(axis(1), { contentId: shared })])
    await content.upsert(mine, [contentRecord(axis(2), { contentId: shared })])
    const [match, ...others] = await content.query(mine, { model, vector: axis(1), topK: 10 })
    expect(others).toEqual([])
    expect(match?.distance).toBeCloseTo(1, 5)
    await content.delete(mine, [{ contentId: shared }])
    expect(await idsNear(mine, axis(1))).toEqual([])
    expect(await idsNear(theirs, axis(1))).toEqual([shared])
  })

  test('a workspace or model that is SQL is only text', async () => {
    const { content } = open()
    const [workspace, hostile] = [randomUUID(), "x') OR 1=1 --"]
    await content.upsert(randomUUID(), [{ ...contentRecord(axis(1)), model: hostile }])
    expect(await content.query(workspace, { model: hostile, vector: axis(1), topK: 10 })).toEqual([])
    expect(await faultsOf(content.query(hostile, { model, vector: axis(1), topK: 10 }))).toEqual([
      'workspaceId',
    ])
    expect(await faultsOf(content.delete(hostile, []))).toEqual(['workspaceId'])
    expect(await faultsOf(content.upsert(hostile, []))).toEqual(['workspaceId'])
  })

  test('vectors of another model are never compared', async () => {
    const workspace = randomUUID()
    const { content } = open()
    const record = contentRecord(axis(1, [2]))
    await content.upsert(workspace, [record, { ...record, model: 'another', vector: axis(1) }])
    const [own, ...others] = await content.query(workspace, { model, vector: axis(1), topK: 10 })
    expect(others).toEqual([])
    expect(own?.distance).toBeCloseTo(1 - Math.SQRT1_2, 3)
    expect(await content.query(workspace, { model: 'a third', vector: axis(1), topK: 10 })).toEqual([])
  })

  test.each([
    ['too short', [1, 2, 3]],
    ['one too long', axis(1).concat(0)],
    ['empty', []],
    ['without a direction', axis(-1)],
    ['not finite', axis(1).with(7, Number.POSITIVE_INFINITY)],
    ['longer than a number can say', axis(1).map((component) => component * 1e30)],
  ])('a vector that is %s is refused by the name of its field, and nothing is written', async (_, vector) => {
    const workspace = randomUUID()
    const { content } = open()
    const good = contentRecord(axis(1))
    const upserted = await faultsOf(content.upsert(workspace, [good, contentRecord(vector)]))
    expect(upserted).toHaveLength(1)
    expect(upserted[0]).toMatch(/^records\.1\.vector(\.\d+)?$/)
    const asked = await faultsOf(content.query(workspace, { model, vector, topK: 1 }))
    expect(asked[0]).toMatch(/^vector(\.\d+)?$/)
    expect(await idsNear(workspace, axis(1))).toEqual([])
  })

  test('an empty model, too many neighbours, a foreign field and a wrong condition are refused by name', async () => {
    const { content } = open()
    const ask = (more: object) =>
      faultsOf(content.query(randomUUID(), { model, vector: axis(1), topK: 1, ...more }))
    expect(await ask({ model: '' })).toEqual(['model'])
    expect(await ask({ topK: 0 })).toEqual(['topK'])
    expect(await ask({ topK: 1_001 })).toEqual(['topK'])
    expect(await ask({ filter: { embedding: { anyOf: ['x'] } } })).toEqual(['filter.embedding'])
    expect(await ask({ filter: { 'platform) OR (1': { anyOf: ['x'] } } })).toEqual(['filter.platform) OR (1'])
    expect(await ask({ filter: { qualityScore: { anyOf: ['1'] } } })).toEqual(['filter.qualityScore'])
    expect(await ask({ filter: { createdAt: { atLeast: 5 } } })).toEqual(['filter.createdAt'])
    expect(await ask({ filter: { platform: { atLeast: 5 } } })).toEqual(['filter.platform'])
  })

  test('filters choose before the nearest are counted', async () => {
    const workspace = randomUUID()
    const { content } = open()
    const of = (platform: string, topics: string[], day: number, quality: number | null) =>
      contentRecord(wholeVector(random), {
        platform,
        topics,
        createdAt: new Date(Date.UTC(2026, 0, day)),
        qualityScore: quality,
      })
    const records = Array.from({ length: 60 }, (_, index) =>
      of(
        index % 2 ? 'x' : 'bluesky',
        index % 3 ? ['music'] : ['food', 'art'],
        1 + (index % 20),
        index % 5 ? 0.5 : null,
      ),
    )
    await content.upsert(workspace, records)
    const ids = async (filter: Parameters<typeof content.query>[1]['filter']) => {
      const query = { model, vector: wholeVector(random), topK: 1_000, ...(filter && { filter }) }
      return (await content.query(workspace, query)).map(({ key }) => key.contentId).sort()
    }
    const those = (fits: (metadata: ContentMetadata) => boolean) =>
      records
        .filter(({ metadata }) => fits(metadata))
        .map(({ key }) => key.contentId)
        .sort()
    const day = (of: number) => new Date(Date.UTC(2026, 0, of))

    expect(await ids(undefined)).toEqual(those(() => true))
    expect(await ids({ platform: { anyOf: ['x'] } })).toEqual(those(({ platform }) => platform === 'x'))
    expect(await ids({ topics: { anyOf: ['art', 'none'] } })).toEqual(
      those(({ topics }) => topics.includes('art')),
    )
    expect(await ids({ createdAt: { atLeast: day(5), below: day(9) } })).toEqual(
      those(({ createdAt }) => createdAt >= day(5) && createdAt < day(9)),
    )
    expect(await ids({ qualityScore: { atLeast: 0.5 } })).toEqual(
      those(({ qualityScore }) => qualityScore !== null),
    )
    expect(await ids({ platform: { anyOf: ["' OR 1=1"] } })).toEqual([])
    expect(await ids({ platform: { anyOf: [] } })).toEqual([])
    const one = records[7]?.key.contentId ?? ''
    expect(await ids({ contentId: { anyOf: [one] }, platform: { anyOf: ['x'] } })).toEqual([one])
  })

  test('a record written twice is one, with what was written last, in one call or in two', async () => {
    const workspace = randomUUID()
    const { content } = open()
    const contentId = randomUUID()
    const of = (index: number, platform: string) => contentRecord(axis(index), { contentId, platform })
    await content.upsert(workspace, [of(1, 'x')])
    await content.upsert(workspace, [of(2, 'threads'), of(3, 'bluesky')])
    const near = await content.query(workspace, { model, vector: axis(3), topK: 10 })
    expect(near.map(({ key, metadata }) => [key.contentId, metadata.platform])).toEqual([
      [contentId, 'bluesky'],
    ])
    expect(near[0]?.distance).toBeCloseTo(0, 5)
    const stale = { model, vector: axis(1), topK: 10, filter: { platform: { anyOf: ['x'] } } }
    expect(await content.query(workspace, stale)).toEqual([])
  })

  test('what is deleted is gone under every model, and can come back', async () => {
    const workspace = randomUUID()
    const { content } = open()
    const [gone, kept] = [contentRecord(axis(1)), contentRecord(axis(2))]
    await content.upsert(workspace, [gone, kept, { ...gone, model: 'another' }])
    await content.delete(workspace, [gone.key, { contentId: randomUUID() }])
    await content.delete(workspace, [gone.key])
    expect(await idsNear(workspace, axis(1))).toEqual([kept.key.contentId])
    expect(await content.query(workspace, { model: 'another', vector: axis(1), topK: 10 })).toEqual([])
    await content.upsert(workspace, [gone])
    expect(await idsNear(workspace, axis(1))).toEqual([gone.key.contentId, kept.key.contentId])
  })

  test("a user's preferences are one vector for each kind of them", async () => {
    const workspace = randomUUID()
    const { preferences } = open()
    const userId = randomUUID()
    const of = (preferenceType: 'interests' | 'style', index: number) => ({
      key: { userId, preferenceType },
      model,
      vector: axis(index),
      metadata: { updatedAt: new Date('2026-01-02T03:04:05.678Z'), confidenceScore: 0.25 },
    })
    await preferences.upsert(workspace, [of('interests', 1), of('style', 2)])
    const query = { model, vector: axis(2), topK: 10 }
    const near = await preferences.query(workspace, { ...query, filter: { userId: { anyOf: [userId] } } })
    expect(near.map(({ key }) => key.preferenceType)).toEqual(['style', 'interests'])
    expect(near[0]?.metadata).toEqual(of('style', 2).metadata)
    await preferences.delete(workspace, [{ userId, preferenceType: 'style' }])
    expect((await preferences.query(workspace, query)).map(({ key }) => key.preferenceType)).toEqual([
      'interests',
    ])
  })

  test('nothing to write and nothing to delete is no error', async () => {
    await open().content.upsert(randomUUID(), [])
    await open().content.delete(randomUUID(), [])
  })
}
