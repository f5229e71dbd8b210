/** All measurements on one set of data, in the order that keeps them from disturbing one another. */
import { listTableSizes } from '../../server/src/infra/clickhouse/table-sizes.ts'
import type { Figure } from '../figure.ts'
import { type BenchEngines, connect } from './bench-engines.ts'
import type { Fill } from './fill.ts'
import { indexReasons } from './index-reasons.ts'
import { measureQueries, prepareQueries } from './measure-queries.ts'
import { compareWithPlain, dropPlainCopies } from './plain-copies.ts'
import { findSequentialScans } from './plans.ts'
import { measureReadings } from './readings.ts'
import { measureDailyAggregation, measureRefreshes } from './refreshes.ts'
import { listRelationSizes } from './sizes.ts'
import { chooseSubjects } from './subjects.ts'
import * as tell from './tell.ts'
import { forgetIndexUse, readIndexUse, reasonsWithoutIndex, withoutReason } from './unused-indexes.ts'

const dayMs = 86_400_000
/** Every fact and every event arrives in one of these; the rollups are made of them. */
const factTable = 'performance_metrics'
const eventTable = 'events'
const round = (value: number, digits: number) => Number(value.toFixed(digits))

export async function measureSchema(
  engines: BenchEngines,
  fill: Fill,
  rounds: number,
  say: (line: string) => void,
): Promise<Figure[]> {
  const superuser = await connect(engines.superuser)
  const app = await connect(engines.app)
  try {
    await dropPlainCopies(engines.clickhouse)
    const sizes = await listRelationSizes(superuser)
    const analyticsSizes = await listTableSizes(engines.clickhouse)
    for (const line of tell.measuredSize(fill, sizes, analyticsSizes)) say(line)
    const subjects = await chooseSubjects(superuser)
    await forgetIndexUse(superuser)

    const prepared = await prepareQueries(engines, subjects)
    const scans = []
    for (const { query, captured } of prepared)
      scans.push(...(await findSequentialScans(app, query.name, captured)))
    const measured = await measureQueries(engines, prepared, rounds)
    const readings = await measureReadings(engines.clickhouse, subjects, rounds)
    for (const line of tell.queries(measured, readings, rounds * subjects.length)) say(line)
    for (const line of tell.scans(scans)) say(line)

    const refreshes = await measureRefreshes(app)
    for (const line of tell.refreshes(refreshes)) say(line)
    // The last whole day of the story.
    const day = new Date(Math.floor(new Date(fill.until).getTime() / dayMs) * dayMs - dayMs)
    const aggregation = await measureDailyAggregation(app, day)
    for (const line of tell.aggregation(aggregation)) say(line)

    const uses = await readIndexUse(superuser)
    const unused = withoutReason(uses, indexReasons)
    for (const line of tell.indexes(uses, unused, reasonsWithoutIndex(uses, indexReasons))) say(line)
    const disk = tell.disk(sizes, analyticsSizes, factTable, fill)
    for (const line of disk.lines) say(line)
    const facts = await compareWithPlain(engines.clickhouse, factTable)
    if (!facts) throw new Error(`${factTable} has no rows: there is nothing to compare with plain types`)
    const events = await compareWithPlain(engines.clickhouse, eventTable)
    for (const line of tell.plainTypes([facts, ...(events ? [events] : [])])) say(line)

    const worst = (values: readonly number[]) => Math.max(0, ...values)
    return [
      {
        name: 'rls_ratio_worst',
        value: round(worst(measured.map(({ ratio }) => ratio)), 3),
        unit: 'times',
        goal: { atMost: 1.1 },
      },
      {
        name: 'query_p99_ms_worst',
        value: round(worst([readings.p99Ms, ...measured.map(({ withP99Ms }) => withP99Ms)]), 1),
        unit: 'ms',
        goal: { atMost: 100 },
      },
      { name: 'seq_scans', value: scans.length, unit: 'of big tables', goal: { atMost: 0 } },
      {
        name: 'mv_refresh_s_worst',
        value: round(worst(refreshes.map(({ seconds }) => seconds)), 2),
        unit: 's',
        goal: { atMost: 30 },
      },
      {
        name: 'daily_aggregation_s',
        value: round(aggregation.sumsSeconds + aggregation.deltasSeconds, 2),
        unit: 's',
        goal: { atMost: 300 },
      },
      { name: 'unused_indexes', value: unused.length, unit: 'without a reason', goal: { atMost: 0 } },
      {
        name: 'mb_per_workspace_month',
        value: round(disk.mbPerWorkspaceMonth, 1),
        unit: 'MB',
        goal: { atMost: 1_000 },
      },
      { name: 'clickhouse_bytes_per_row', value: round(disk.clickhouseBytesPerRow, 1), unit: 'B' },
      { name: 'clickhouse_plain_ratio', value: round(facts.ratio, 2), unit: 'times' },
    ]
  } finally {
    await Promise.all([superuser.end(), app.end()])
  }
}
