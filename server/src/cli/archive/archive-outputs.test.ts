/** What stands on which output of `heliograph archive`, and what it says of what it may not look at. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Months, openMonths } from '../../../test/archive-months.ts'
import { testSecret } from '../../../test/engines-for-tests.ts'
import { ownerUrlOf } from '../../../test/world.ts'
import { appLogin } from '../../engines.ts'
import { createLog } from '../../infra/log.ts'
import type { ArchiveRecord } from '../../modules/maintenance/index.ts'
import { runArchiveCommand } from './archive.ts'
import { openArchiveFolder } from './file-check.ts'
import { listText } from './list.ts'

let months: Months
let record: ArchiveRecord
beforeAll(async () => {
  months = await openMonths()
  record = await months.archiveMonth(4)
})
afterAll(() => months?.matrix.close())

test('what the log tells stands on standard error, not among what was asked for; nobody waits for a ClickHouse that is away', async () => {
  const { world } = months.matrix
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../main.ts', import.meta.url)), 'archive'],
    {
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: ownerUrlOf(world),
        // Nobody answers there, which the log tells.
        CLICKHOUSE_URL: 'http://127.0.0.1:1',
        HELIOGRAPH_SECRET: testSecret,
        HELIOGRAPH_DATA: world.dataDirectory,
        LOG_LEVEL: 'trace',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (bytes) => (said.stdout += String(bytes)))
  child.stderr.on('data', (bytes) => (said.stderr += String(bytes)))
  const [code] = await once(child, 'close')
  expect(code).toBe(0)
  expect(said.stdout).toContain(record.name)
  expect(said.stdout).not.toContain('"level":')
  expect(said.stderr).toContain('"level":')
})

test('stopped when all is put back, it does not say that nothing was', async () => {
  const { world } = months.matrix
  const stopping = new AbortController()
  const said: string[] = []
  const told: string[] = []
  vi.spyOn(console, 'error').mockImplementation((line: string) => void told.push(line))
  vi.spyOn(console, 'log').mockImplementation((line: string) => {
    stopping.abort()
    said.push(line)
  })
  await runArchiveCommand(
    { what: 'restore', name: record.name },
    {
      config: { ...world.config, DATABASE_URL: ownerUrlOf(world) },
      log: createLog('error'),
      dataDirectory: world.dataDirectory,
      engines: world,
      login: appLogin(world),
      analytics: Promise.resolve(),
      stopping: stopping.signal,
      onStop: () => undefined,
    },
  ).finally(() => vi.restoreAllMocks())
  expect(said.join()).toContain(`4 rows of ${record.name} are in partitions.${record.name}_restored`)
  expect(told).toEqual([])
})

test('a file that may not be looked at is listed as such, with the remedy; a name of its own still tells the month', async () => {
  const data = await mkdtemp(join(tmpdir(), 'heliograph-list-'))
  try {
    await mkdir(join(data, 'archive'), { recursive: true })
    await symlink('loop.ndjson.zst', join(data, 'archive/loop.ndjson.zst'))
    await writeFile(join(data, 'archive/well.ndjson.zst'), 'x')
    const of = (name: string, location: string) => ({
      ...record,
      name,
      file: { location, sha256: 'a'.repeat(64) },
    })
    const text = await listText(
      [
        of('audit_log_2024_03_20260401_034500_123456', 'loop.ndjson.zst'),
        of('audit_log_2024_04', 'well.ndjson.zst'),
      ],
      openArchiveFolder(data),
      new Date('2026-05-01T12:34:56Z'),
    )
    const [, unreadable, well] = text.split('\n').map((line) => line.trim().split(/ {2,}/))
    expect(unreadable?.slice(2, 5)).toEqual(['2024-03', '4', 'unreadable'])
    expect(well?.slice(2, 5)).toEqual(['2024-04', '4', '1 B'])
    expect(text).toContain(
      `${join(data, 'archive/loop.ndjson.zst')} cannot be looked at: give the account that runs this command the right to read it.`,
    )
  } finally {
    await rm(data, { recursive: true, force: true })
  }
})
