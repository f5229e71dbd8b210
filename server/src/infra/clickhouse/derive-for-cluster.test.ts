import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MigrationError, readMigrations } from '../migrations.ts'
import { type ConformanceTarget, codeOf, openConformanceTarget } from './conformance-target.ts'
import { deriveForCluster } from './derive-for-cluster.ts'
import { splitStatements, sqlString, sqlTokens } from './sql-tokens.ts'

const shipped = fileURLToPath(new URL('../../../migrations/clickhouse', import.meta.url))
let target: ConformanceTarget

beforeAll(async () => {
  target = await openConformanceTarget()
})

afterAll(() => target.close())

/** The engine's own parser writes the statement anew; it throws for one that it can't read. */
async function parsed(statement: string): Promise<string> {
  const query = `SELECT formatQuery(${sqlString(statement)}) AS text`
  const [row] = await target.rows<{ text: string }>(query)
  return row?.text ?? ''
}

const shippedStatements = async () =>
  (await readMigrations(shipped)).flatMap(({ number, name, sql }) =>
    splitStatements(sql).map((statement) => ({ file: `${number}_${name}`, statement })),
  )

test('what the shipped migrations become on a cluster is as reviewed', async () => {
  for (const { number, name, sql } of await readMigrations(shipped)) {
    const derived = splitStatements(sql).flatMap((statement) => deriveForCluster(statement, '{cluster}'))
    const file = `${String(number).padStart(4, '0')}_${name}.sql`
    await expect(`${derived.join(';\n\n')};\n`).toMatchFileSnapshot(`./cluster-snapshots/${file}`)
  }
})

test("every derived statement is one that the engine's own parser reads, on the cluster named", async () => {
  for (const { statement } of await shippedStatements()) {
    for (const derived of deriveForCluster(statement, "o'brien {cluster}")) {
      const text = await parsed(derived)
      if (!derived.startsWith('INSERT')) expect(text).toContain("ON CLUSTER `o'brien {cluster}`")
    }
  }
  expect(await codeOf(parsed('CREATE TABLE x_local ON CLUSTER (a UInt8) ENGINE = MergeTree'))).toBe('62')
})

test('every table with a workspace is sharded by it, and every view reads and writes local tables', async () => {
  for (const { file, statement } of await shippedStatements()) {
    const derived = deriveForCluster(statement, 'c')
    if (statement.startsWith('CREATE TABLE')) {
      expect(derived.length, file).toBe(2)
      expect(derived[0]).toMatch(/^CREATE TABLE IF NOT EXISTS \w+_local ON CLUSTER 'c'\n\(/)
      expect(derived[0]).toMatch(/ENGINE = Replicated\w+MergeTree\('\/clickhouse\/tables\/\{shard\}\/\{/)
      expect(derived[1]).toMatch(
        /Distributed\('c', currentDatabase\(\), '\w+_local', cityHash64\(workspace_id\)\)$/,
      )
    } else if (statement.startsWith('CREATE MATERIALIZED VIEW')) {
      expect(derived.length, file).toBe(1)
      expect(derived[0]).toMatch(/ TO \w+_local AS\n/)
      expect(derived[0]).toMatch(/FROM (\w+)_local AS \1\n/)
    }
  }
})

test('nothing but names, ON CLUSTER and the engine is changed', async () => {
  const withoutAdditions = (sql: string) =>
    sql
      .replace(" ON CLUSTER 'c'", '')
      .replace(/'\/clickhouse\/tables\/[^']+', '[^']+'(, )?/, '')
      .replace('ENGINE = Replicated', 'ENGINE = ')
      .replace('AggregatingMergeTree()', 'AggregatingMergeTree')
      .replace(/(\w+)_local AS \1\b/, '$1')
      .replace(/(\w+)_local/, '$1')
  for (const { statement } of await shippedStatements()) {
    const [first = ''] = deriveForCluster(statement, 'c').slice(0, 1)
    expect(withoutAdditions(first)).toBe(statement)
  }
})

test('a table without a workspace has a copy on every server, under its own name', () => {
  expect(
    deriveForCluster(
      'CREATE TABLE IF NOT EXISTS countries (code String) ENGINE = MergeTree() ORDER BY code',
      'c',
    ),
  ).toEqual([
    "CREATE TABLE IF NOT EXISTS countries ON CLUSTER 'c' (code String) ENGINE = ReplicatedMergeTree(" +
      "'/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}') ORDER BY code",
  ])
})

test('a workspace that only a type, a default or a comment mentions shards nothing', () => {
  const columns =
    "a Tuple(b UInt8, workspace_id UUID), c String DEFAULT 'x, workspace_id' -- , workspace_id\n"
  const statement = `CREATE TABLE IF NOT EXISTS t (${columns}) ENGINE = MergeTree ORDER BY c`
  expect(deriveForCluster(statement, 'c').length).toBe(1)
})

test('what looks like SQL inside strings and comments stays as it is', async () => {
  const statement = `CREATE TABLE IF NOT EXISTS t
    (workspace_id UUID, s String DEFAULT 'ENGINE = MergeTree FROM x' COMMENT 't ''(' /* ENGINE = Log */)
    ENGINE = /* MergeTree( */ ReplacingMergeTree /* ( */ (s) ORDER BY s`
  const [local = ''] = deriveForCluster(statement, 'c')
  expect(local).toContain(`s String DEFAULT 'ENGINE = MergeTree FROM x' COMMENT 't ''(' /* ENGINE = Log */)`)
  expect(await parsed(local)).toContain("ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/")
})

test.each([
  ['ALTER TABLE t ADD COLUMN a UInt8, ADD COLUMN b UInt8', ['t_local', 't']],
  ['ALTER TABLE t DROP COLUMN IF EXISTS a', ['t', 't_local']],
  ['ALTER TABLE t MODIFY TTL a + INTERVAL 1 DAY, b + INTERVAL 2 DAY', ['t_local']],
  ['ALTER TABLE t MODIFY SETTING a = 1, b = 2', ['t_local']],
  ['ALTER TABLE t ADD INDEX i a TYPE minmax', ['t_local']],
  ['DROP TABLE IF EXISTS t', ['t', 't_local']],
  ['DROP VIEW IF EXISTS t', ['t']],
  ['CREATE VIEW IF NOT EXISTS t AS SELECT 1 FROM u', ['t']],
])('%s reaches %j', async (statement, names) => {
  const derived = deriveForCluster(statement, 'c')
  const named = derived.map((sql) => [...sqlTokens(sql)].find(({ text }) => /^T(_LOCAL)?$/.test(text))?.text)
  expect(named).toEqual(names.map((name) => name.toUpperCase()))
  for (const sql of derived) expect(await parsed(sql)).toContain('ON CLUSTER c')
})

test.each([
  'CREATE TABLE t (workspace_id UUID) ENGINE = MergeTree ORDER BY workspace_id',
  'CREATE TABLE IF NOT EXISTS t (workspace_id UUID) ENGINE = Log',
  'CREATE TABLE IF NOT EXISTS t (workspace_id UUID) ENGINE = ReplicatedMergeTree ORDER BY workspace_id',
  'CREATE TABLE IF NOT EXISTS d.t (workspace_id UUID) ENGINE = MergeTree ORDER BY workspace_id',
  'CREATE TABLE IF NOT EXISTS t_local (workspace_id UUID) ENGINE = MergeTree ORDER BY workspace_id',
  'CREATE TABLE IF NOT EXISTS t AS other',
  'CREATE MATERIALIZED VIEW IF NOT EXISTS v ENGINE = MergeTree AS SELECT 1 FROM t',
  'CREATE MATERIALIZED VIEW IF NOT EXISTS v TO t AS SELECT 1 FROM a JOIN b ON a.x = b.x',
  'CREATE MATERIALIZED VIEW IF NOT EXISTS v TO t AS SELECT 1 FROM a, b',
  'CREATE MATERIALIZED VIEW IF NOT EXISTS v TO t AS SELECT 1 FROM numbers(3)',
  'CREATE MATERIALIZED VIEW IF NOT EXISTS v TO t AS WITH x AS (SELECT 1) SELECT 1 FROM x',
  'ALTER TABLE t ADD COLUMN a UInt8, MODIFY TTL b + INTERVAL 1 DAY',
  'ALTER TABLE t DROP PARTITION 202601',
  'ALTER TABLE t DELETE WHERE 1',
  'TRUNCATE TABLE t',
  'RENAME TABLE t TO u',
  'OPTIMIZE TABLE t FINAL',
  'DROP TABLE t',
])('%s is refused, never passed through', (statement) => {
  expect(() => deriveForCluster(statement, 'c')).toThrow(MigrationError)
})
