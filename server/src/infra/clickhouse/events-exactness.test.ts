import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type ConformanceTarget, openConformanceTarget } from './conformance-target.ts'
import { asLines, bucketOf, deliveries, instant, startsAt, uuid, zeroUuid } from './exactness-deliveries.ts'
import { migrateClickHouse } from './migrate.ts'

const shipped = fileURLToPath(new URL('../../../migrations/clickhouse', import.meta.url))
let target: ConformanceTarget
const rows: ConformanceTarget['rows'] = (...given) => target.rows(...given)

beforeAll(async () => {
  target = await openConformanceTarget()
  await migrateClickHouse(target.client, shipped)
})

afterAll(() => target.close())

const tables = ['events', 'events_hourly', 'events_daily']

async function emptyTables(): Promise<void> {
  for (const table of tables) await target.client.command({ query: `TRUNCATE TABLE ${table}` })
}

beforeEach(emptyTables)

const event = fc
  .record({
    workspace: fc.integer({ min: 1, max: 2 }),
    id: fc.integer({ min: 1, max: 400 }),
    user: fc.integer({ min: 0, max: 3 }),
    content: fc.integer({ min: 0, max: 2 }),
    type: fc.constantFrom('click', 'view'),
    platform: fc.constantFrom('x', 'bluesky'),
    offsetMs: fc.integer({ min: 0, max: 4 * 3_600_000 }),
    session: fc.constantFrom('', 'a', 'b', 'c', 'd'),
  })
  .map(({ workspace, id, user, content, type, platform, offsetMs, session }) => ({
    workspace_id: uuid(workspace),
    event_id: uuid(id),
    user_id: user ? uuid(user) : zeroUuid,
    content_id: content ? uuid(content) : zeroUuid,
    event_type: type,
    platform,
    timestamp: instant(offsetMs),
    session_id: session,
  }))

async function insert(table: string, batches: readonly (readonly object[])[]): Promise<void> {
  for (const values of batches) await target.client.insert({ table, values, format: 'JSONEachRow' })
}

const counts = (bucket: string, from: string) => `
  SELECT workspace_id, event_type, content_id, toString(${bucket}) AS at, platform, ${from}
  GROUP BY ALL ORDER BY ALL`
const fromRaw = `uniqExact(event_id) AS events, uniqExactIf(session_id, session_id != '') AS sessions,
  uniqExactIf(user_id, user_id != toUUID('${zeroUuid}')) AS users FROM events`
const fromRollup = (table: string) => `uniqExactMerge(${table}.events) AS events,
  uniqExactIfMerge(${table}.sessions) AS sessions, uniqExactIfMerge(${table}.users) AS users FROM ${table}`

/** The same counts, of the distinct facts, without the engine. */
function counted(
  facts: readonly (typeof event extends fc.Arbitrary<infer T> ? T : never)[],
  bucket: 'hour' | 'day',
) {
  const groups = new Map<string, Set<string>[]>()
  for (const fact of facts) {
    const at = bucketOf(fact.timestamp, bucket)
    const group = [fact.workspace_id, fact.event_type, fact.content_id, at, fact.platform].join('|')
    const sets = groups.get(group) ?? [new Set(), new Set(), new Set()]
    groups.set(group, sets)
    sets[0]?.add(fact.event_id)
    if (fact.session_id !== '') sets[1]?.add(fact.session_id)
    if (fact.user_id !== zeroUuid) sets[2]?.add(fact.user_id)
  }
  return [...groups].map(([group, sets]) => [group, ...sets.map(({ size }) => size)].join('|')).sort()
}

test('events delivered many times, late and reordered in any batches are counted once each, by hour and day', async () => {
  const delivered = deliveries(event, ({ workspace_id, event_id }) => workspace_id + event_id)
  await fc.assert(
    fc.asyncProperty(delivered, async ({ facts, batches }) => {
      await emptyTables()
      await insert('events', batches)
      const exact = async () => {
        expect(asLines(await rows(counts('toStartOfHour(timestamp)', fromRaw)))).toEqual(
          counted(facts, 'hour'),
        )
        expect(asLines(await rows(counts('hour', fromRollup('events_hourly'))))).toEqual(
          counted(facts, 'hour'),
        )
        expect(asLines(await rows(counts('day', fromRollup('events_daily'))))).toEqual(counted(facts, 'day'))
      }
      await exact()
      for (const table of ['events', 'events_hourly', 'events_daily']) {
        await target.client.command({ query: `OPTIMIZE TABLE ${table} FINAL` })
      }
      await exact()
      expect(await rows('SELECT count() AS n FROM events')).toEqual([{ n: String(facts.length) }])
    }),
    { numRuns: 8, seed: 5 },
  )
})

test('what one workspace sends changes nothing in another, with equal ids', async () => {
  const of = (workspace: number, id: number) => ({
    workspace_id: uuid(workspace),
    event_id: uuid(id),
    event_type: 'click',
    platform: 'x',
    timestamp: instant(0),
    session_id: 's',
  })
  await insert('events', [
    [of(1, 1), of(1, 2)],
    [of(2, 1), of(2, 1)],
  ])
  for (const table of ['events_hourly', 'events_daily']) {
    const query = `SELECT workspace_id, uniqExactMerge(events) AS n FROM ${table} GROUP BY 1 ORDER BY 1`
    expect(await rows(query)).toEqual([
      { workspace_id: uuid(1), n: '2' },
      { workspace_id: uuid(2), n: '1' },
    ])
  }
})

test('people and sessions of several hours are counted once, not once an hour', async () => {
  const at = (id: number, offsetMs: number) => ({
    workspace_id: uuid(1),
    event_id: uuid(id),
    user_id: uuid(7),
    event_type: 'view',
    platform: 'x',
    timestamp: instant(offsetMs),
    session_id: 'one',
  })
  await insert('events', [[at(1, 0)], [at(2, 3_600_000)], [at(3, 3 * 3_600_000)]])
  for (const table of ['events_hourly', 'events_daily']) {
    const query = `SELECT ${fromRollup(table)}`
    expect(await rows(query)).toEqual([{ events: '3', sessions: '1', users: '1' }])
  }
})

test('more than 65,536 distinct events are still counted exactly', async () => {
  await target.client.command({
    query: `INSERT INTO events (workspace_id, event_id, event_type, platform, timestamp)
      SELECT toUUID('${uuid(1)}'), reinterpretAsUUID(toUInt128(number % 100000) + 1), 'view', 'x',
        toDateTime64(${startsAt / 1000}, 3, 'UTC') FROM numbers(150000)`,
  })
  expect(await rows('SELECT uniqExactMerge(events) AS n FROM events_daily')).toEqual([{ n: '100000' }])
})

test('addresses of both families are kept, and a duplicate with other details is still one event', async () => {
  const seen = (ip: string, agent: string) => ({
    workspace_id: uuid(1),
    event_id: uuid(1),
    event_type: 'click',
    platform: 'x',
    timestamp: instant(0),
    session_id: '',
    ip_address: ip,
    user_agent: agent,
    properties: { link: "https://example.com/?q='1;" },
  })
  await insert('events', [
    [seen('203.0.113.7', 'first')],
    [seen('2001:db8::1', 'second'), { ...seen('203.0.113.7', 'first'), event_id: uuid(2) }],
  ])
  await target.client.command({ query: 'OPTIMIZE TABLE events FINAL' })
  expect(
    await rows('SELECT toString(ip_address) AS ip, user_agent, properties FROM events ORDER BY event_id'),
  ).toEqual([
    { ip: '2001:db8::1', user_agent: 'second', properties: { link: "https://example.com/?q='1;" } },
    { ip: '::ffff:203.0.113.7', user_agent: 'first', properties: { link: "https://example.com/?q='1;" } },
  ])
})

test('address and user agent are emptied after 90 days, the event stays; after 13 months it goes, its day stays', async () => {
  const ago = (days: number, id: number) => ({
    workspace_id: uuid(1),
    event_id: uuid(id),
    event_type: 'click',
    platform: 'x',
    timestamp: new Date(Date.now() - days * 86_400_000).toISOString(),
    session_id: 's',
    ip_address: '203.0.113.7',
    user_agent: 'agent',
  })
  await insert('events', [[ago(80, 1)], [ago(100, 2)], [ago(420, 3)]])
  for (const table of ['events', 'events_hourly', 'events_daily']) {
    await target.client.command({ query: `OPTIMIZE TABLE ${table} FINAL` })
  }
  expect(
    await rows('SELECT event_id, toString(ip_address) AS ip, user_agent AS agent FROM events ORDER BY 1'),
  ).toEqual([
    { event_id: uuid(1), ip: '::ffff:203.0.113.7', agent: 'agent' },
    { event_id: uuid(2), ip: '::', agent: '' },
  ])
  expect(await rows('SELECT uniqExactMerge(events) AS n FROM events_hourly')).toEqual([{ n: '1' }])
  expect(await rows('SELECT uniqExactMerge(events) AS n FROM events_daily')).toEqual([{ n: '3' }])
})
