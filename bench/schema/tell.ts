/** What was measured, in lines for a person. */
import type { TableSize } from '../../server/src/infra/clickhouse/table-sizes.ts'
import type { Fill } from './fill.ts'
import type { Measured } from './measure-queries.ts'
import type { ColumnComparison, PlainComparison } from './plain-copies.ts'
import type { SequentialScan } from './plans.ts'
import type { Readings } from './readings.ts'
import type { DailyAggregation, Refresh } from './refreshes.ts'
import { type RelationSize, totalBytes } from './sizes.ts'
import type { IndexUse } from './unused-indexes.ts'

const megabyte = 1e6
const daysPerMonth = 30.4375
const mostTables = 12
const mostColumns = 3
/** Bytes a row below which a column is not worth a line. */
const leastBytesPerRow = 0.01

const ms = (value: number) => value.toFixed(value < 10 ? 2 : 1).padStart(8)
const mb = (bytes: number) => (bytes / megabyte).toFixed(1)
const rowsOf = (sizes: readonly { table: string; rows: number }[], name: string) =>
  (sizes.find(({ table }) => table === name)?.rows ?? 0).toLocaleString('en')

export function measuredSize(
  fill: Fill,
  sizes: readonly RelationSize[],
  analytics: readonly TableSize[],
): string[] {
  return [
    `measured on ${fill.workspaces} workspaces, ${fill.posts.toLocaleString('en')} posts, ${fill.days} days (seed ${fill.seed}), told until ${fill.until}`,
    `PostgreSQL: ${rowsOf(sizes, 'public.published_posts')} posts, ${rowsOf(sizes, 'public.post_snapshots')} snapshots, ` +
      `${rowsOf(sizes, 'public.post_deltas')} deltas, ${rowsOf(sizes, 'analytics.user_activity')} activities, ${rowsOf(sizes, 'public.audit_log')} audit lines`,
    `ClickHouse: ${analytics.map(({ table, rows }) => `${table} ${rows.toLocaleString('en')}`).join(', ')}`,
  ]
}

export function queries(measured: readonly Measured[], readings: Readings, pairs: number): string[] {
  const line = (query: Measured) =>
    `  ${query.name.padEnd(18)}${String(query.rows).padStart(6)} rows ${ms(query.withP50Ms)}${ms(query.withP99Ms)}` +
    `  ${ms(query.withoutP50Ms)}${ms(query.withoutP99Ms)}   x ${query.ratio.toFixed(3)}  ${ms(query.doorP50Ms)}`
  return [
    `queries, ${pairs} pairs each in turns (with, without, without, with); ratio: median over the pairs of neighbours`,
    `  ${''.padEnd(18)}${''.padStart(11)} with p50     p99   without p50     p99    ratio  door p50 (ms)`,
    ...measured.map(line),
    `  course of a post, from ClickHouse: ${readings.points} points, p50 ${readings.p50Ms.toFixed(1)} ms, p99 ${readings.p99Ms.toFixed(1)} ms`,
  ]
}

export const scans = (found: readonly SequentialScan[]): string[] =>
  found.map(
    ({ query, table, rows, foundBy }) =>
      `  ${query} reads all of ${table}, ${Math.round(rows)} rows (by its ${foundBy})`,
  )

export const refreshes = (done: readonly Refresh[]): string[] => [
  `refreshed: ${done.map(({ view, seconds }) => `${view} ${seconds.toFixed(2)} s`).join(', ')}`,
]

export const aggregation = ({ sumsSeconds, deltasSeconds, deltas }: DailyAggregation): string[] => [
  `one day of all workspaces: sums ${sumsSeconds.toFixed(2)} s, ${deltas.toLocaleString('en')} deltas ${deltasSeconds.toFixed(2)} s`,
]

export function indexes(
  uses: readonly IndexUse[],
  unused: readonly IndexUse[],
  leftBehind: readonly string[],
): string[] {
  const asked = uses.filter(({ scans: count }) => count > 0).length
  return [
    `indexes: ${uses.length}, asked by this run ${asked}`,
    ...unused.map(
      ({ index, table, sizeBytes }) => `  no reason for ${index} of ${table}, ${mb(sizeBytes)} MB`,
    ),
    ...leftBehind.map((name) => `  a reason without an index: ${name}`),
  ]
}

export function disk(
  sizes: readonly RelationSize[],
  analytics: readonly TableSize[],
  factTable: string,
  fill: Fill,
) {
  const months = fill.days / daysPerMonth
  const shares = fill.workspaces * months
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const heap = sum(sizes.map(({ heapBytes }) => heapBytes))
  const toast = sum(sizes.map(({ toastBytes }) => toastBytes))
  const index = sum(sizes.map(({ indexBytes }) => indexBytes))
  const clickhouse = sum(analytics.map(({ sizeBytes }) => sizeBytes))
  const facts = analytics.find(({ table }) => table === factTable)
  const relation = (size: RelationSize) =>
    `  ${size.table.padEnd(36)}${mb(totalBytes(size)).padStart(10)} MB  (rows ${mb(size.heapBytes)}, indexes ${mb(size.indexBytes)}, toast ${mb(size.toastBytes)})`
  const table = (size: TableSize) =>
    `  ${size.table.padEnd(36)}${mb(size.sizeBytes).padStart(10)} MB  ${size.bytesPerRow.toFixed(1)} bytes a row of ${size.rows.toLocaleString('en')}`
  return {
    mbPerWorkspaceMonth: (heap + toast + index + clickhouse) / megabyte / shares,
    clickhouseBytesPerRow: facts?.bytesPerRow ?? 0,
    lines: [
      `disk per workspace and month, MB: rows ${mb(heap / shares)}, indexes ${mb(index / shares)}, toast ${mb(toast / shares)}, ClickHouse ${mb(clickhouse / shares)}`,
      ...sizes.slice(0, mostTables).map(relation),
      ...analytics.map(table),
    ],
  }
}

/** The largest columns of each table, and those for which nothing is gained by how they are built. */
export function plainTypes(comparisons: readonly PlainComparison[]): string[] {
  const column = ({ column: name, type, codec, bytesPerRow, plainBytesPerRow }: ColumnComparison) =>
    `${name} ${type}${codec && ` ${codec}`}: ${bytesPerRow.toFixed(2)}, plain ${plainBytesPerRow.toFixed(2)}`
  const fruitless = ({ type, codec, bytesPerRow, plainBytesPerRow }: ColumnComparison) =>
    (codec !== '' || type.includes('LowCardinality(')) &&
    bytesPerRow >= leastBytesPerRow &&
    bytesPerRow >= plainBytesPerRow
  return [
    'bytes a row of ClickHouse as built, and of the same rows with plain types: no LowCardinality, no codec',
    ...comparisons.flatMap(({ table, rows, builtBytesPerRow, plainBytesPerRow, ratio, columns }) => [
      `  ${table.padEnd(22)}${builtBytesPerRow.toFixed(2).padStart(8)}, plain ${plainBytesPerRow.toFixed(2)}: x ${ratio.toFixed(2)} (of ${rows.toLocaleString('en')} rows)`,
      ...columns.slice(0, mostColumns).map((one) => `    ${column(one)}`),
      ...columns.filter(fruitless).map((one) => `    does not pay: ${column(one)}`),
    ]),
  ]
}
