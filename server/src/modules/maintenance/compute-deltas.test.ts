/** What one workspace cannot have computed is asked for again, and every other has its deltas meanwhile. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Matrix, openMatrix } from '../../../test/security/matrix-visits.ts'
import { duties } from './duties.ts'
import { runDuty } from './run-duty.ts'

let matrix: Matrix
beforeAll(async () => {
  matrix = await openMatrix()
})
afterAll(() => matrix?.close())

const query = <Row extends object>(sql: string, parameters?: unknown[]) =>
  matrix.world.query<Row>(sql, parameters)

async function run(signal = new AbortController().signal): Promise<void> {
  const duty = duties.find(({ name }) => name === 'compute_deltas')
  if (!duty) throw new Error('the duty is missing')
  await runDuty(matrix.world.app.services, duty, {}, signal)
}

const mark = async () => {
  const [row] = await query<{ at: Date | null }>(
    `select covered_until as at from app.maintenance_duties where name = 'compute_deltas'`,
  )
  return row?.at?.getTime()
}
const hasDeltas = async (workspaceId: string) =>
  (await query('select from post_deltas where workspace_id = $1 limit 1', [workspaceId])).length > 0

test('a workspace that fails holds back no other, is named, and is computed once its fault is gone', async () => {
  const { mine, theirs } = matrix
  // Whichever comes first is the one that fails.
  const [failing = '', other = ''] = [mine.id, theirs.id].sort()
  await run()
  const before = await mark()
  await query('delete from post_deltas')
  await query('update post_snapshots set recorded_at = now()')
  await query(`create function app.refuse() returns trigger language plpgsql as $$ begin
    if new.workspace_id = '${failing}' then raise exception 'not this one'; end if; return new; end $$;
    create trigger refuse before insert or update on post_deltas for each row execute function app.refuse()`)
  for (let time = 0; time < 2; time += 1) {
    await expect(run()).rejects.toThrow(`1 could not be computed. workspace ${failing}: not this one`)
    expect([await hasDeltas(failing), await hasDeltas(other)]).toEqual([false, true])
    expect(await mark()).toBe(before)
  }
  const [told] = await query<{ result: string; message: string }>(
    `select result, error_message as message from app.maintenance_runs where duty = 'compute_deltas'
     order by started_at desc limit 1`,
  )
  expect(told).toEqual({
    result: 'failed',
    message: expect.stringMatching(new RegExp(`^workspace ${failing} could not be computed: .*not this one`)),
  })
  await query('drop function app.refuse cascade')
  await run()
  expect([await hasDeltas(failing), await hasDeltas(other)]).toEqual([true, true])
  expect(await mark()).toBeGreaterThan(before ?? Number.POSITIVE_INFINITY)
})

test('a run that is told to stop is no failure of a workspace', async () => {
  await query('update post_snapshots set recorded_at = now()')
  await expect(run(AbortSignal.abort(new Error('the worker stops')))).rejects.toThrow('the worker stops')
  const [told] = await query<{ result: string }>(
    `select result from app.maintenance_runs where duty = 'compute_deltas' order by started_at desc limit 1`,
  )
  expect(told).toEqual({ result: 'interrupted' })
})
