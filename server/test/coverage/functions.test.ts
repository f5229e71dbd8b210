/** Functions of the data model: what they compute, and for whom. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Tx } from '../../src/infra/postgres/doors.ts'
import { type Matrix, openMatrix } from '../security/matrix-visits.ts'

let matrix: Matrix
beforeAll(async () => {
  matrix = await openMatrix()
})
afterAll(() => matrix.close())

const doors = () => matrix.world.app.services.doors
const rowsOf =
  <Row>(statement: string) =>
  async (tx: Tx) =>
    (await sql.raw<Row>(statement).execute(tx)).rows
const as = <Row>(userId: string, workspaceId: string, statement: string) =>
  doors().withActor({ userId }, workspaceId, rowsOf<Row>(statement))
const dispatch = <Row>(statement: string) => doors().withDispatch(rowsOf<Row>(statement))
const job = <Row>(statement: string) => doors().withWorkspace(matrix.mine.id, rowsOf<Row>(statement))

test('words, hashtags and mentions are found within the workspace of the asker alone', async () => {
  const { mine, theirs } = matrix
  for (const { id } of [mine, theirs]) {
    await matrix.world.query(
      `insert into content (workspace_id, text) values ($1, 'Größe zeigen: #Überraschung für @anna.b@example.social, no#tag')`,
      [id],
    )
  }
  const [content] = await as<{ id: string; hashtags: string[]; mentions: string[] }>(
    mine.people.viewer,
    mine.id,
    `select id, hashtags, mentions from content where hashtags <> '{}'`,
  )
  expect(content).toMatchObject({ hashtags: ['überraschung'], mentions: ['anna.b@example.social'] })
  const searches = (workspaceId: string) => [
    `select id from app.search_content('${workspaceId}', 'größe')`,
    `select id from app.content_with_hashtag('${workspaceId}', '{überraschung}')`,
  ]
  for (const statement of searches(mine.id)) {
    expect(await as(mine.people.viewer, mine.id, statement), statement).toEqual([{ id: content?.id }])
    expect(await job(statement), statement).toEqual([{ id: content?.id }])
    expect(await as(mine.people.artist, mine.id, statement), statement).toEqual([])
    expect(await as(matrix.memberless, mine.id, statement), statement).toEqual([])
  }
  for (const statement of searches(theirs.id)) {
    expect(await as(mine.people.owner, mine.id, statement), statement).toEqual([])
    expect(await as(matrix.memberOfBoth, mine.id, statement), statement).toEqual([])
    expect(await job(statement), statement).toEqual([])
  }
})

test('tags follow the text, unless somebody has set others', async () => {
  const { mine } = matrix
  const [row] = await matrix.world.query<{ id: string }>(
    `insert into content (workspace_id, text) values ($1, 'a #first') returning id`,
    [mine.id],
  )
  const update = async (change: string) => {
    const [{ hashtags } = { hashtags: [] }] = await matrix.world.query<{ hashtags: string[] }>(
      `update content set ${change} where id = $1 returning hashtags`,
      [row?.id],
    )
    return hashtags
  }
  expect(await update(`text = 'a #second'`)).toEqual(['second'])
  expect(await update(`text = 'a #third', hashtags = '{own}'`)).toEqual(['own'])
  expect(await update(`status = 'review'`)).toEqual(['own'])
})

test('percentiles lie between their neighbours; an empty list has none', async () => {
  const [row] = await matrix.world.query(
    `select analytics.calculate_percentiles('{4,1,3,2}', '{0.9,0.5,0}')::text as some,
       analytics.calculate_percentiles('{}', '{0.5}')::text as none, analytics.calculate_percentiles('{1}', '{}')::text as nothing`,
  )
  expect(row).toEqual({ some: '{3.7,2.5,1}', none: '{NULL}', nothing: '{}' })
})

test('engagements are whatever of them was told, and their rate needs somebody who saw it', async () => {
  const engagements = (told: string) => `app.engagements(${told})::int`
  const rate = (told: string) => `app.engagement_rate(${told})::float`
  const worked: readonly (readonly [string, number | null])[] = [
    [engagements('1, 20, 300, 4000, 50000'), 54321],
    [engagements('null, null, null, 4, null'), 4],
    [engagements('0, null, null, null, null'), 0],
    [engagements('null, null, null, null, null'), null],
    [engagements('-3, 1, null, null, null'), -2],
    [rate('1, 3'), 33.333333],
    [rate('0, 3'), 0],
    [rate('-1, 4'), -25],
    [rate('1, 0'), null],
    [rate('1, -4'), null],
    [rate('1, null'), null],
    [rate('null, 3'), null],
  ]
  const [row] = await matrix.world.query(
    `select ${worked.map(([call], index) => `${call} as "${index}"`).join(', ')}`,
  )
  expect(row).toEqual(Object.fromEntries(worked.map(([, value], index) => [index, value])))
})

test('a day is summed as the workspace has it on its clock, and to the same row a second time', async () => {
  const { mine, world } = matrix
  const zone = 'America/New_York'
  // The day on which that zone's clock goes forward has 23 hours.
  await world.query(`update workspaces set time_zone = $2 where id = $1`, [mine.id, zone])
  await world.query(`select app.ensure_partitions('2026-03-01', 1)`)
  const runs = [
    '2026-03-08 04:59:59Z',
    '2026-03-08 05:00:00Z',
    '2026-03-09 03:59:59Z',
    '2026-03-09 04:00:00Z',
  ]
  for (const startedAt of runs) {
    await world.query(
      `insert into agent_runs (workspace_id, agent_id, user_id, status, started_at, runtime_seconds, credits_consumed)
       values ($1, $2, $3, 'completed', $4, 10, 1)`,
      [mine.id, mine.modelIds.agents, mine.people.editor, startedAt],
    )
  }
  const sum = `select analytics.aggregate_daily_metrics('2026-03-08', '${mine.id}') as days,
    analytics.aggregate_agent_performance('2026-03-08', '${mine.id}') as agents`
  const read = () =>
    world.query(
      `select d.id, d.total_runs::int as runs, d.successful_runs::int as successful, d.total_credits_consumed::int as credits,
         p.total_runs::int as agent_runs, p.unique_users::int as users
       from analytics.daily_metrics d join analytics.agent_performance p using (workspace_id, metric_date)
       where d.workspace_id = $1 and metric_date = '2026-03-08'`,
      [mine.id],
    )
  await dispatch(sum)
  const first = await read()
  expect(first).toMatchObject([{ runs: 2, successful: 2, credits: 2, agent_runs: 2, users: 1 }])
  await dispatch(sum)
  expect(await read()).toEqual(first)
})

test('a webhook that fails is tried again a bounded number of times', async () => {
  const { mine } = matrix
  const id = mine.modelIds.webhook_events
  const waits: (number | null)[] = []
  for (let failure = 1; failure <= 6; failure += 1) {
    await job(`select app.mark_webhook_failed('${mine.id}', '${id}', 'it is down')`)
    const [row] = await job<{ minutes: number | null }>(
      `select round(extract(epoch from next_retry_at - clock_timestamp()) / 60)::int as minutes
       from webhook_events where id = '${id}'`,
    )
    waits.push(row?.minutes ?? null)
    const [{ retry } = { retry: undefined }] = await job<{ retry: boolean }>(
      `select app.should_retry_webhook('${mine.id}', '${id}') as retry`,
    )
    expect(retry).toBe(failure <= 5)
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, null])
  await job(`select app.mark_webhook_processed('${mine.id}', '${id}')`)
  const [{ again } = { again: undefined }] = await job<{ again: boolean }>(
    `select app.mark_webhook_failed('${mine.id}', '${id}', 'too late') as again`,
  )
  expect(again).toBe(false)
})

test('open webhooks are listed oldest first, to a job its own and to dispatch all', async () => {
  const { mine, theirs, world } = matrix
  await world.query(
    `update webhook_events set status = 'pending', received_at = received_at - interval '1 hour'
    where workspace_id = $1`,
    [theirs.id],
  )
  await world.query(`update webhook_events set status = 'pending' where workspace_id = $1`, [mine.id])
  const listed = `select workspace_id from app.pending_webhook_events(10)`
  expect(await dispatch(listed)).toEqual([{ workspace_id: theirs.id }, { workspace_id: mine.id }])
  expect(await job(listed)).toEqual([{ workspace_id: mine.id }])
})

test('failed webhooks come again once their time has come, the longest due first', async () => {
  const { mine, theirs, world } = matrix
  const account = (id: string) => (id === mine.id ? mine.accountId : theirs.accountId)
  const add = async (workspaceId: string, status: string, wait: string | null) => {
    const [row] = await world.query<{ id: string }>(
      `insert into webhook_events (workspace_id, social_account_id, platform, event_type, event_data, status, next_retry_at)
       values ($1, $2, 'bluesky', 'like', '{}', $3::webhook_status, now() + $4::interval) returning id`,
      [workspaceId, account(workspaceId), status, wait],
    )
    return row?.id
  }
  const justDue = await add(mine.id, 'failed', '-1 second')
  const foreign = await add(theirs.id, 'failed', '-1 hour')
  const longDue = await add(mine.id, 'failed', '-2 hours')
  await add(mine.id, 'failed', '1 minute')
  await add(mine.id, 'failed', null)
  await add(mine.id, 'pending', '-1 hour')
  await add(mine.id, 'processed', '-1 hour')
  const listed = (most: number) => `select id from app.retryable_webhook_events(${most})`
  expect(await dispatch(listed(10))).toEqual([{ id: longDue }, { id: foreign }, { id: justDue }])
  expect(await dispatch(listed(2))).toEqual([{ id: longDue }, { id: foreign }])
  expect(await job(listed(10))).toEqual([{ id: longDue }, { id: justDue }])
  const [shown] = await dispatch<{ workspace_id: string; received_at: unknown }>(
    'select workspace_id, received_at from app.retryable_webhook_events(1)',
  )
  expect(
    await world.query('select workspace_id, received_at from webhook_events where id = $1', [longDue]),
  ).toEqual([shown])
})

test('a setting comes back as what it was set to, and nothing that does not fit its type is stored', async () => {
  const { mine } = matrix
  const set = (value: string) =>
    `select app.set_account_setting('${mine.id}', '${mine.accountId}', 'greeting', '${value}')`
  const get = `select app.account_setting('${mine.id}', '${mine.accountId}', 'greeting') as value`
  for (const value of [true, 'a "word"', -1.5, { deep: [1, null] }, []]) {
    await as(mine.people.manager, mine.id, set(JSON.stringify(value)))
    expect(await as(mine.people.viewer, mine.id, get)).toEqual([{ value }])
  }
  await expect(as(mine.people.viewer, mine.id, set('true'))).rejects.toThrow()
  expect(await as(matrix.memberless, mine.id, get)).toEqual([{ value: null }])
  for (const [type, value] of [
    ['boolean', 'yes'],
    ['number', '0x1'],
    ['json', '{'],
  ]) {
    await expect(
      matrix.world.query(
        `insert into social_account_settings (workspace_id, social_account_id, name, value, type)
         values ($1, $2, 'bad', $3, $4::setting_type)`,
        [mine.id, mine.accountId, value, type],
      ),
      value,
    ).rejects.toMatchObject({ code: '23514' })
  }
})

test('a sync run ends once', async () => {
  const { mine } = matrix
  const call = async (statement: string) =>
    (await job<{ done: boolean }>(`select ${statement} as done`)).map(({ done }) => done)
  const run = `'${mine.id}', '${mine.syncLogId}'`
  expect(await call(`app.advance_sync(${run}, 3, 1, 'cursor')`)).toEqual([true])
  expect(await call(`app.complete_sync(${run})`)).toEqual([true])
  expect(await call(`app.fail_sync(${run}, 'too late')`)).toEqual([false])
  expect(await call(`app.advance_sync(${run}, 3, 1)`)).toEqual([false])
  expect(
    await job(
      `select status, records_processed, records_failed, next_cursor from sync_logs where id = '${mine.syncLogId}'`,
    ),
  ).toEqual([{ status: 'completed', records_processed: 3, records_failed: 1, next_cursor: 'cursor' }])
})

test('an artist reads no notes about artists, their own included', async () => {
  const { mine } = matrix
  const artistId = mine.modelIds['artists: oneself']
  await matrix.world.query(`update artists set notes = 'hard to reach' where id = $1`, [artistId])
  const notes = `select app.artist_notes('${mine.id}', '${artistId}') as notes`
  expect(await as(mine.people.viewer, mine.id, notes)).toEqual([{ notes: 'hard to reach' }])
  expect(await as(mine.people.artist, mine.id, notes)).toEqual([{ notes: null }])
  await expect(as(mine.people.artist, mine.id, 'select notes from artists')).rejects.toThrow(
    'permission denied',
  )
})
