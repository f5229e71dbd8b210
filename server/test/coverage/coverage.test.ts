/** Every element that the five sources name has a home here, of the kind and type that it claims: see homes.ts. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../world.ts'
import {
  type CoverageLine,
  keyOf,
  readCoverage,
  readSourceElements,
  type SourceElement,
} from './coverage-lines.ts'
import { readCatalogue } from './engine-catalogue.ts'
import { checkHome, homeChecks, rhythmOf, type Surroundings } from './homes.ts'

/** What belongs to later work. Whoever builds a part of it lowers the number with it; it never grows. */
const missingElements = 22

let world: World
let elements: SourceElement[]
let surroundings: Surroundings
beforeAll(async () => {
  world = await createWorld()
  elements = await readSourceElements()
  surroundings = { catalogue: await readCatalogue(world), lines: await readCoverage(elements) }
})
afterAll(() => world.stop())

const sorted = (items: readonly Parameters<typeof keyOf>[0][]) => items.map(keyOf).sort()

test('every element of the sources has exactly one line', () => {
  expect(elements.length).toBeGreaterThanOrEqual(1_100)
  expect(sorted(surroundings.lines)).toEqual(sorted(elements))
})

test('every home is there, and is what the source asks for', async () => {
  const findings = await Promise.all(
    surroundings.lines.map(async (line) => {
      const fault = await checkHome(line, surroundings)
      return fault === undefined ? [] : [`${keyOf(line)}: ${fault}`]
    }),
  )
  expect(findings.flat()).toEqual([])
})

test('what is missing is known to the last element', () => {
  const missing = surroundings.lines.filter(({ home }) => home.startsWith('missing '))
  const list = missing.map((line) => `${keyOf(line)}: ${line.home.slice('missing '.length)}`).join('\n')
  expect(missing.length, list).toBe(missingElements)
})

test('a value of an enum is one of the enum of its column, or a note says why not', () => {
  const { lines, catalogue } = surroundings
  let compared = 0
  const findings = lines.flatMap((line) => {
    const [, owner = ''] = /^(.*)\.\w+$/.exec(line.name) ?? []
    const [, type] = /^enum \w+\.(\w+)=/.exec(line.home) ?? []
    if (line.kind !== 'enum' || line.note !== '') return []
    const columns = lines.filter(
      ({ system, kind, name, detail }) =>
        system === line.system && kind === 'column' && (name === owner || detail.startsWith(`${owner} `)),
    )
    return columns.flatMap(({ home }) => {
      const column = catalogue.columns.get(home.replace(/^column /, ''))
      if (!column) return []
      compared += 1
      return column.type === type ? [] : [`${keyOf(line)} is in ${type}, its column is ${column.type}`]
    })
  })
  expect(findings).toEqual([])
  expect(compared).toBeGreaterThan(90)
})

/** For each kind of home one that is not there, or does not fit, and what must be said of it. */
const falseHomes: readonly [home: string, says: string, line?: Partial<CoverageLine>][] = [
  ['table public.nowhere', 'not there'],
  ['table public.content_performance', 'not there'],
  ['view public.content', 'not there'],
  ['mview analytics.active_users', 'not there'],
  ['schema nowhere', 'not there'],
  ['extension postgis', 'not there'],
  ['column public.content.nothing', 'not there'],
  ['column public.content.text', 'is text, the source says BIGINT', { detail: 'BIGINT | Views' }],
  ['column public.media.duration_seconds', 'is int4, the source says BIGINT', { detail: 'BIGINT | Views' }],
  ['column public.content.metadata', 'is jsonb, the source says UUID', { detail: 'UUID NOT NULL' }],
  ['columns public.content.nothing_*', 'not there'],
  ['enum public.platform=twitter', 'not there'],
  ['index public.nowhere(id)', 'not there'],
  ['index public.content_by_status(slug)', 'does not cover slug'],
  [
    'index public.content_by_author(created_by)',
    'is to cover content_type, created_at as well',
    { system: 'smartcontent', name: 'x', detail: 'content(user_id, content_type, created_at)' },
  ],
  [
    'index public.content_by_status(status)',
    'is btree, not gin',
    { name: 'x', detail: 'x USING gin(status)' },
  ],
  ['index public.content_by_status(status)', 'is not unique', { name: 'x UNIQUE' }],
  ['index public.content_by_status(status)', 'is not partial', { detail: `content(id) WHERE status = 'x'` }],
  ['key public.content(text)', 'not there'],
  ['reference public.content.text -> public.users', 'not there'],
  ['function app.nothing', 'not there'],
  ['trigger public.content.nothing', 'not there'],
  ['policy public.content.nothing', 'not there'],
  ['statistics public.content.text=1000', 'is undefined, not 1000'],
  ['option public.publications.fillfactor=50', 'not there'],
  ['partitioned public.content', 'not there'],
  ['retention public.post_snapshots=2 days', 'is 1 year, not 2 days'],
  ['grant authenticated create schema analytics', 'not there'],
  ['check nothing', 'not there'],
  ['index-count 100000', 'there are'],
  ['clickhouse events.nothing', 'not there'],
  ['clickhouse events.event_id', `is UUID, the source says DateTime64(3)`, { detail: 'DateTime64(3)' }],
  ['vectors nothing', 'not there', { detail: 'dimension 1536, cosine' }],
  ['vectors content_embeddings', 'the source says dimension 3', { detail: 'dimension 3' }],
  ['cache key nothing', 'not there'],
  ['cache key content:cache:{content_id}', 'the source says TTL 2 hours', { detail: 'TTL 2 hours' }],
  ['channel nothing', 'not there'],
  ['job nothing daily', 'not there'],
  ['job ensure_partitions hourly', 'is daily, not hourly'],
  ['test server/test/coverage/coverage.test.ts::no such title', 'not there'],
  ['missing', 'says no reason'],
  ['none', 'says no reason'],
  ['somewhere', 'no such kind'],
]

test.each(falseHomes)('a home that is false is found: %s %s', async (home, says, line = {}) => {
  const claim = { system: 'x', kind: 'x', name: 'x', detail: '', note: '', ...line, home }
  expect(await checkHome(claim, surroundings)).toContain(says)
})

test('every kind of home is shown to be able to fail', () => {
  const shown = new Set(falseHomes.map(([home]) => home.split(' ')[0]))
  expect(Object.keys(homeChecks).filter((kind) => !shown.has(kind))).toEqual([])
})

test.each([
  ['* * * * *', 'by the minute'],
  ['7 * * * *', 'hourly'],
  ['17 3 * * *', 'daily'],
  ['17 3 * * 1', 'weekly'],
  ['17 3 1 * *', 'monthly'],
])('the rhythm of %s is %s', (cron, rhythm) => {
  expect(rhythmOf(cron)).toBe(rhythm)
})
