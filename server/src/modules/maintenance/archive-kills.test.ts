/** Wherever it is cut off, an archiving is ended by the next one: nothing lost, nothing twice. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Killed, type Months, openMonths } from '../../../test/archive-months.ts'
import { eventually } from '../../../test/connected-world.ts'
import { testSecret } from '../../../test/engines-for-tests.ts'
import { ownerUrlOf } from '../../../test/world.ts'
import type { Services } from '../services.ts'
import { archiveExpiredPartitions } from './archive-partitions.ts'
import { duties } from './duties.ts'
import { PartsFailed } from './duty.ts'
import { detachPartition } from './queries-archive.ts'
import { runDuty } from './run-duty.ts'

const untilDone = new AbortController().signal
let months: Months
let services: Services
beforeAll(async () => {
  months = await openMonths()
  services = months.services
})
afterAll(() => months?.matrix.close())

/** Services that die at their nth step: before it is done, or when it is done but nobody has heard of it. */
function dyingAt(step: number, when: 'before' | 'after'): { dying: Services; reached: () => boolean } {
  let steps = 0
  const around = async <T>(work: () => Promise<T>): Promise<T> => {
    steps += 1
    if (steps > step || (steps === step && when === 'before')) throw new Killed()
    const done = await work()
    if (steps === step) throw new Killed()
    return done
  }
  const { doors, archive } = services
  return {
    reached: () => steps >= step,
    dying: {
      ...services,
      doors: { ...doors, withDispatch: (work) => around(() => doors.withDispatch(work)) },
      archive: {
        ...archive,
        putStream: (key, chunks) => around(() => archive.putStream(key, chunks)),
        async *getStream(key) {
          await around(async () => undefined)
          yield* archive.getStream(key)
        },
      },
    },
  }
}

/** Whatever is tried after it dies, too. */
const isKill = (error: unknown) =>
  error instanceof PartsFailed
    ? error.failures.every((failure) => failure.error instanceof Killed)
    : error instanceof Killed

test.each(['before', 'after'] as const)(
  'killed %s any of its steps, the next run ends where this one would have: nothing lost, nothing twice',
  async (when) => {
    let tried = 0
    for (let step = 1; ; step += 1) {
      const name = await months.makeExpired(4)
      const { dying, reached } = dyingAt(step, when)
      const killed = await archiveExpiredPartitions(dying, untilDone).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (killed !== undefined && !isKill(killed)) throw killed
      await archiveExpiredPartitions(services, untilDone)
      expect(await months.stateOf(name), `step ${step}`).toMatchObject({
        there: false,
        dropped: true,
        rows: 4,
      })
      const rows = await months.readRows(name)
      expect(rows.map(({ workspace_id, likes }) => `${workspace_id} ${likes}`).sort()).toEqual(
        [months.matrix.mine.id, months.matrix.theirs.id].flatMap((id) => [`${id} 1`, `${id} 2`]).sort(),
      )
      if (!reached()) break
      expect(isKill(killed)).toBe(true)
      tried += 1
    }
    expect(tried).toBeGreaterThan(20)
  },
  120_000,
)

test('a process that is killed in the middle of a file holds up nobody: the next one ends what it began', async () => {
  const name = await months.makeExpired(6_000)
  const { world } = months.matrix
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../../test/halting-archiver.ts', import.meta.url))],
    {
      env: {
        PATH: process.env.PATH,
        OWNER_URL: ownerUrlOf(world),
        TEST_SECRET: testSecret,
        DATA_DIRECTORY: world.dataDirectory,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const duty = duties.find((candidate) => candidate.name === 'archive_expired_partitions')
  if (!duty) throw new Error('the duty is gone')
  try {
    if (child.stdout) await once(child.stdout, 'data')
    // While it lives nobody else begins, though it does nothing.
    await runDuty(services, duty, {}, untilDone)
    expect(await months.stateOf(name)).toMatchObject({ there: true, dropped: false })
  } finally {
    child.kill('SIGKILL')
  }
  await eventually(
    async () => {
      await runDuty(services, duty, {}, untilDone)
      return months.stateOf(name)
    },
    (state) => state?.dropped === true,
  )
  expect(await months.readRows(name)).toHaveLength(6_000)
  expect((await readdir(dirname(months.pathOf(name)))).filter((file) => file.includes('draft'))).toEqual([])
  const runs = await world.query(
    `select result from app.maintenance_runs where duty = 'archive_expired_partitions' order by started_at limit 2`,
  )
  expect(runs).toEqual([{ result: 'interrupted' }, { result: 'succeeded' }])
}, 30_000)

test('what a writer that was killed left behind is cleared away', async () => {
  const month = await months.makeExpired(10)
  await services.doors.withDispatch((tx) => detachPartition(tx, month))
  const { name } = await months.recordOf(month)
  const draft = `${months.pathOf(name)}.draft-0198f000-0000-7000-8000-000000000000`
  await writeFile(draft, 'half a')
  await archiveExpiredPartitions(services, untilDone)
  const left = await readdir(dirname(draft))
  expect(left.filter((file) => file.includes('draft'))).toEqual([])
  expect(await months.readRows(name)).toHaveLength(10)
})
