/** `heliograph archive` as a person types it: what stands on which output, and how it ends. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Months, openMonths } from '../../../test/archive-months.ts'
import { testSecret } from '../../../test/engines-for-tests.ts'
import { ownerUrlOf } from '../../../test/world.ts'
import { appLogin } from '../../engines.ts'
import { createLog } from '../../infra/log.ts'
import { StartRefused } from '../../infra/process/start-refused.ts'
import { commands } from '../commands.ts'
import { restoredText } from './archive.ts'

const main = fileURLToPath(new URL('../../main.ts', import.meta.url))
const timeout = 60_000
/** More than any pipe holds. */
const rowCount = 8_000
let months: Months
let name: string
let environment: Record<string, string>
let text: string

beforeAll(async () => {
  months = await openMonths()
  name = (await months.archiveMonth(rowCount)).name
  text = zstdDecompressSync(await readFile(months.pathOf(name))).toString()
  const { world } = months.matrix
  environment = {
    PATH: process.env.PATH ?? '',
    DATABASE_URL: ownerUrlOf(world),
    CLICKHOUSE_URL: world.clickhouseUrl,
    HELIOGRAPH_SECRET: testSecret,
    HELIOGRAPH_DATA: world.dataDirectory,
    NODE_COMPILE_CACHE: join(world.dataDirectory, 'compiled'),
  }
}, timeout)
afterAll(() => months?.matrix.close())

const start = (command: string, args: readonly string[], env = environment) => {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const out: Buffer[] = []
  let stderr = ''
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes))
  child.stderr.on('data', (bytes) => (stderr += String(bytes)))
  const ended = once(child, 'close').then(([code]) => ({
    code,
    stdout: Buffer.concat(out).toString(),
    stderr,
  }))
  return { child, ended }
}
const archive = (args: readonly string[], env = environment) =>
  start(process.execPath, [main, 'archive', ...args], env).ended

/** The same without a process of its own, with what `main.ts` makes of a refusal. */
async function archiveHere(args: readonly string[], dataDirectory = months.matrix.world.dataDirectory) {
  const { world } = months.matrix
  const said = { stdout: '', stderr: '' }
  const line = (where: keyof typeof said) => (words: string) => {
    said[where] += `${words}\n`
  }
  vi.spyOn(console, 'log').mockImplementation(line('stdout'))
  vi.spyOn(console, 'error').mockImplementation(line('stderr'))
  vi.spyOn(process.stdout, 'write').mockImplementation((bytes: Uint8Array | string, done?: unknown) => {
    said.stdout += Buffer.from(bytes).toString()
    if (typeof done === 'function') done()
    return true
  })
  try {
    const command = commands.get('archive')?.(args)
    await command?.run({
      config: { ...world.config, DATABASE_URL: ownerUrlOf(world) },
      log: createLog('error'),
      dataDirectory,
      engines: world,
      login: appLogin(world),
      analytics: Promise.resolve(),
      stopping: new AbortController().signal,
      onStop: () => undefined,
    })
    return { code: 0, ...said }
  } catch (error) {
    if (!(error instanceof StartRefused)) throw error
    return { code: 1, stdout: said.stdout, stderr: `${said.stderr}${error.message}\n` }
  } finally {
    vi.restoreAllMocks()
  }
}

/** The same installation with a copy of its archive, to be damaged. */
async function withCopy(work: (path: string, data: string) => Promise<void>): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'heliograph-archive-'))
  const { dataDirectory } = months.matrix.world
  try {
    await cp(join(dataDirectory, 'archive'), join(data, 'archive'), { recursive: true })
    await work(months.pathOf(name).replace(dataDirectory, data), data)
  } finally {
    await rm(data, { recursive: true, force: true })
  }
}

test('without more it lists what is archived', { timeout }, async () => {
  const { code, stdout, stderr } = await archive([])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const [, year, month] = /_(\d{4})_(\d\d)(?:_|$)/.exec(name) ?? []
  expect(stdout).toMatch(
    new RegExp(`^${name} +public\\.post_snapshots +${year}-${month} +8,000 +[0-9.]+ kB +20`, 'm'),
  )
})

test('read prints the rows and nothing else; what it says of them stands apart', { timeout }, async () => {
  const whole = await archive(['read', name])
  expect(whole.code).toBe(0)
  expect(whole.stdout === text).toBe(true)
  expect(whole.stderr).toBe(`${name}: 8,000 rows, just what was recorded.\n`)
  const { id } = months.matrix.mine
  const ours = await archiveHere(['read', name, '--workspace', id.toUpperCase()])
  expect(ours.code).toBe(0)
  const lines = text.split('\n').filter((line) => line.includes(`"workspace_id": "${id}"`))
  expect(ours.stdout === `${lines.join('\n')}\n`).toBe(true)
  expect(ours.stderr).toContain(`4,000 of them are of workspace ${id}.`)
})

test('a workspace that has no rows there gets none, and is told so', { timeout }, async () => {
  const read = await archiveHere(['read', name, '--workspace', '0198f000-0000-7000-8000-000000000000'])
  expect(read).toMatchObject({ code: 0, stdout: '' })
  expect(read.stderr).toContain(' 0 of them are of workspace 0198f000')
})

test('a truncated file, and one with one byte changed at its end, end with 1 after whatever was printed', {
  timeout,
}, async () => {
  await withCopy(async (path, data) => {
    const bytes = await readFile(path)
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    await writeFile(path, bytes)
    const flipped = await archive(['read', name], { ...environment, HELIOGRAPH_DATA: data })
    expect(flipped.code).toBe(1)
    expect(flipped.stdout.length).toBeGreaterThan(1_000_000)
    expect(flipped.stderr).toMatch(/is damaged: .* Put this file back from a backup of the data folder.*\n$/)
    await truncate(path, 20_000)
    const cut = await archiveHere(['read', name], data)
    expect(cut.code).toBe(1)
    expect(cut.stdout.length).toBeLessThan(text.length)
    expect(cut.stderr).toContain(`${path} is damaged`)
    expect(cut.stderr.trim().split('\n')).toHaveLength(1)
  })
})

test('a file that was recorded and is gone ends with 1, and shows in the list', { timeout }, async () => {
  await withCopy(async (path, data) => {
    await rm(path)
    expect(await archiveHere(['read', name], data)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`${path} is gone. Put it back from a backup`),
    })
    expect(await archiveHere(['restore', name], data)).toMatchObject({ code: 1, stdout: '' })
    const listed = await archiveHere([], data)
    expect(listed.stdout).toContain(`${path} is gone: put it back from a backup.`)
  })
})

test('an unknown name ends with 1 and the names there are; a wrong word with the usage', {
  timeout,
}, async () => {
  const unknown = await archiveHere(['read', '../../secret'])
  expect(unknown).toMatchObject({ code: 1, stdout: '' })
  expect(unknown.stderr).toContain('Nothing in the archive is named "../../secret". There are:\n')
  expect(unknown.stderr).toContain(`  ${name}\n`)
  const wrong = await archive(['raed', name])
  expect(wrong).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('usage: npm run heliograph -- archive'),
  })
  expect(await archiveHere(['--help'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('--workspace <id>'),
  })
})

test('a reader that has enough ends it quietly', { timeout }, async () => {
  const script = `"${process.execPath}" "${main}" archive read ${name} | head -n 1; echo "\${PIPESTATUS[0]}"`
  const { stdout, stderr } = await start('bash', ['-c', script]).ended
  expect(stdout).toBe(`${text.slice(0, text.indexOf('\n') + 1)}0\n`)
  expect(stderr).toBe('')
})

test('stopped in the middle it says that it is not all, and does not end as if it were', {
  timeout,
}, async () => {
  const { child, ended } = start(process.execPath, [main, 'archive', 'read', name])
  await once(child.stdout, 'data')
  // It cannot get to its end before it hears of the stop: nobody takes the rows.
  child.stdout.pause()
  child.kill('SIGTERM')
  child.stdout.resume()
  const { code, stdout, stderr } = await ended
  expect(code).toBe(130)
  expect(stderr).toBe('Stopped before the end: what was printed is not all of it.\n')
  expect(stdout.length).toBeLessThan(text.length)
})

test('restore says where the rows are, and its own words show and drop them', { timeout }, async () => {
  const { code, stdout, stderr } = await archive(['restore', name])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const table = `partitions.${name}_restored`
  expect(stdout).toContain(`8,000 rows of ${name} are in ${table}, just what was recorded.`)
  const again = await archiveHere(['restore', name])
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining(`drop table ${table}`) })
  const [look = '', drop = ''] = [...stdout.matchAll(/^ {2}psql "\$DATABASE_URL" -c '([^']+)'$/gm)].map(
    ([, statement]) => statement ?? '',
  )
  expect(await months.matrix.world.query(look)).toHaveLength(10)
  await months.matrix.world.query(drop)
  expect(await archiveHere(['restore', name])).toMatchObject({ code: 0 })
})

test('with an embedded database the address is read from its file, whatever its path', async () => {
  const data = await mkdtemp(join(tmpdir(), `it's a "$place" `))
  try {
    await writeFile(join(data, 'engines.json'), JSON.stringify({ databaseUrl: 'postgres://here' }))
    const record = { name: 'a', tableName: 'public.a', rowCount: 3, detachedAt: new Date(), file: null }
    const restored = { table: 'partitions.a_restored', rows: 1, leftOut: new Map([['w', 2]]) }
    const said = restoredText(
      { ...record, verifiedAt: null, droppedAt: null },
      restored,
      join(data, 'engines.json'),
    )
    expect(said).toContain(
      '1 of 3 rows of a are in partitions.a_restored: the others belong to 1 workspace that was deleted since',
    )
    const command = said.split('\n').find((line) => line.includes('psql')) ?? ''
    const { stdout } = await start('bash', ['-c', command.replace('psql', "printf '%s|%s|%s'")]).ended
    expect(stdout).toBe('postgres://here|-c|select * from partitions.a_restored limit 10')
  } finally {
    await rm(data, { recursive: true, force: true })
  }
})
