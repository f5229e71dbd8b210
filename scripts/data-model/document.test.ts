import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { clickhouseDiagram, postgresDiagram } from './diagram.ts'
import { dataModelFile, fillParts, renderParts } from './document.ts'
import type { Column, PostgresCatalogue, Table } from './postgres-catalogue.ts'
import { clickhouseTables, subjects } from './subjects.ts'

const column = (name: string, more: Partial<Column> = {}): Column => ({
  name,
  type: 'uuid',
  comment: null,
  isPrimary: false,
  isUnique: false,
  isEnum: false,
  isRequired: false,
  ...more,
})
const table = (name: string, more: Partial<Table> = {}): Table => ({
  name,
  comment: 'What it is.',
  isPartitioned: false,
  keep: null,
  columns: [column('id', { isPrimary: true })],
  references: [],
  ...more,
})
const everything: PostgresCatalogue = {
  tables: subjects.flatMap(({ tables }) => tables.map((name) => table(name))),
  views: subjects.flatMap(({ views = [] }) =>
    views.map((name) => ({ name, comment: 'What it shows.', isMaterialized: false })),
  ),
  functions: [],
}
const clickhouse = Object.keys(clickhouseTables).map((name) => ({
  name,
  engine: 'MergeTree',
  definition:
    'MergeTree PARTITION BY toYYYYMM(day) ORDER BY (workspace_id, day) TTL day + toIntervalMonth(1) SETTINGS a = 1',
  feeds: [],
  columns: [],
}))

test('a table without a subject is named, with where to add it', () => {
  const more = { ...everything, tables: [...everything.tables, table('brand_new')] }
  expect(() => renderParts(more, clickhouse)).toThrow(
    'brand_new belongs to no subject: add it to one in scripts/data-model/subjects.ts, then run "npm run generate".',
  )
})

test('a view without a subject is named as well, and so is a table of ClickHouse', () => {
  const view = { name: 'analytics.brand_new', comment: null, isMaterialized: true }
  expect(() => renderParts({ ...everything, views: [...everything.views, view] }, clickhouse)).toThrow(
    /^analytics\.brand_new belongs to no subject/,
  )
  const [first] = clickhouse
  expect(() =>
    renderParts(everything, [...clickhouse, { ...(first ?? raise()), name: 'brand_new' }]),
  ).toThrow(/^brand_new belongs to no subject: add it to one in clickhouseTables of/)
})

test('a table that is gone is named as long as a subject has it', () => {
  const fewer = { ...everything, tables: everything.tables.filter(({ name }) => name !== 'media') }
  expect(() => renderParts(fewer, clickhouse)).toThrow(/^media is not in the database: take it out of/)
})

test('every table and view belongs to exactly one subject', () => {
  const placed = subjects.flatMap(({ tables, views = [] }) => [...tables, ...views])
  expect(placed.length).toBe(new Set(placed).size)
  expect(renderParts(everything, clickhouse).size).toBe(subjects.length + 2)
})

test('what stands outside the markers stays, and filling again changes nothing', () => {
  const parts = new Map([['one', 'NEW']])
  const filled = fillParts('by hand\n<!-- generated: one -->\nold\n<!-- /generated -->\nby hand too\n', parts)
  expect(filled).toBe('by hand\n<!-- generated: one -->\nNEW\n<!-- /generated -->\nby hand too\n')
  expect(fillParts(filled, parts)).toBe(filled)
})

test('a part without a marker, a marker without a part, and two markers of one part are refused', () => {
  const marker = (key: string) => `<!-- generated: ${key} -->\n<!-- /generated -->\n`
  const parts = new Map([['one', 'text']])
  expect(() => fillParts('nothing here', parts)).toThrow(/has no place for one: add <!-- generated: one -->/)
  expect(() => fillParts(marker('one') + marker('two'), parts)).toThrow(
    /has a place for two that nothing fills/,
  )
  expect(() => fillParts(marker('one') + marker('one'), parts)).toThrow(
    /has a place for one that nothing fills/,
  )
})

test('a comment can neither end the text that it stands in nor break a line of a diagram', () => {
  const diagram = postgresDiagram([
    table('media', {
      columns: [
        column('id', {
          comment: 'says "so"\nand } goes on: for much longer than a diagram has place on one line',
        }),
      ],
    }),
  ])
  expect(faultsOf(diagram)).toEqual([])
  expect(diagram).toContain(
    `uuid id "says 'so' and } goes on: for much longer than a diagram has place on …"`,
  )
})

test('a relation says whether it must be there, and whether more than one row may have it', () => {
  const reference = (more: object) => ({
    columns: ['user_id'],
    to: 'users',
    isOptional: false,
    isSingle: false,
    ...more,
  })
  const shapes = [{}, { isOptional: true }, { isSingle: true }, { isOptional: true, isSingle: true }].map(
    (more) =>
      postgresDiagram([table('media', { references: [reference(more)] })])
        .split('\n')
        .at(-1),
  )
  expect(shapes).toEqual([
    '  "users" ||--o{ "media" : "user_id"',
    '  "users" |o--o{ "media" : "user_id"',
    '  "users" ||--o| "media" : "user_id"',
    '  "users" |o--o| "media" : "user_id"',
  ])
})

test('workspaces are drawn where they are a table of the subject', () => {
  const member = table('members', {
    references: [{ columns: ['workspace_id'], to: 'workspaces', isOptional: false, isSingle: false }],
  })
  expect(postgresDiagram([member])).not.toContain('workspaces')
  expect(postgresDiagram([member, table('workspaces')])).toContain('"workspaces" ||--o{ "members"')
})

test('types of ClickHouse are shown without what wraps them and without their parameters', () => {
  const typed = (type: string) => ({
    table: 'events',
    name: type.toLowerCase().replaceAll(/\W/g, ''),
    type,
    inKey: 0,
  })
  const [first] = clickhouse
  const types = ['LowCardinality(String)', "DateTime64(3, 'UTC')", 'Nullable(Float32)', 'Array(BFloat16)']
  const diagram = clickhouseDiagram([{ ...(first ?? raise()), columns: types.map(typed) }])
  expect(faultsOf(diagram)).toEqual([])
  expect(
    diagram
      .split('\n')
      .slice(2, 6)
      .map((line) => line.trim().split(' ')[0]),
  ).toEqual(['String', 'DateTime64', 'Float32', 'Array'])
})

/** The part of Mermaid's grammar that the diagrams use, line by line; the document was parsed by Mermaid itself as well. */
const lineForms = [
  /^ {2}"[\w.]+" \{$/,
  /^ {2}\}$/,
  /^ {4}[A-Za-z]\w*(\[\])? [a-z_]\w*( (PK|FK|UK)(, (PK|FK|UK))*)?( "[^"\n]+")?$/,
  /^ {2}"[\w.]+" (\|\||\|o)--(o\{|o\|) "[\w.]+" : "[^"\n]+"$/,
]
function faultsOf(diagram: string): string[] {
  const [first, ...lines] = diagram.split('\n')
  const odd = lines.filter((line) => !lineForms.some((form) => form.test(line)))
  return first === 'erDiagram' ? odd : [`begins with ${first}`, ...odd]
}

function raise(): never {
  throw new Error('there is no table')
}

test("every diagram of the document is of the form that Mermaid's grammar has", async () => {
  const document = await readFile(dataModelFile, 'utf8')
  const diagrams = [...document.matchAll(/```mermaid\n([\s\S]*?)\n```/g)].map(([, text]) => text ?? '')
  expect(diagrams.length).toBe(subjects.length + 1)
  expect(diagrams.flatMap(faultsOf)).toEqual([])
})

test.each([
  'erDiagram\n  "a" {\n    numeric(20,6) rate\n  }',
  'erDiagram\n  "a" {\n    uuid id "a "quoted" word"\n  }',
  'erDiagram\n  a-b {\n  }',
  'erDiagram\n  "a" ||--o{ "b"',
  'graph TD\n  "a" {\n  }',
])('a diagram that Mermaid would refuse is found: %j', (diagram) => {
  expect(faultsOf(diagram)).not.toEqual([])
})
