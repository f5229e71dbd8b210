/** What keeps the product from starting is said in plain words, with exit code 1, and nothing is left running. */
import { once } from 'node:events'
import { lstat, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import pg from 'pg'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { freePort, type RunningServer, startServer } from '../running-server.ts'
import { isStillThere, listInstanceProcesses, type RunningCommand, runCommand } from './command.ts'
import { joinAt } from './member.ts'

const timeout = 120_000
const soon = { timeout: 30_000, interval: 20 }
const isRoot = process.getuid?.() === 0
let dataDirectory: string
let server: RunningServer | undefined

beforeAll(async () => {
  // As private as `mktemp -d` makes it; see the test on what others may see.
  dataDirectory = await mkdtemp('/tmp/heliograph-refusals-')
})
afterAll(async () => {
  await server?.stop()
  await vi.waitUntil(() => listInstanceProcesses(dataDirectory).length === 0, soon)
  await rm(dataDirectory, { recursive: true, force: true })
})

async function running(): Promise<RunningServer> {
  server ??= await startServer(dataDirectory)
  return server
}
async function stopped(): Promise<void> {
  await server?.stop()
  server = undefined
}

const readAddress = async (): Promise<{ databaseUrl: string; clickhouseUrl: string }> =>
  JSON.parse(await readFile(join(dataDirectory, 'engines.json'), 'utf8'))

const environment = async (more: Record<string, string> = {}) => ({
  PORT: String(await freePort()),
  HELIOGRAPH_DATA: dataDirectory,
  LOG_LEVEL: 'warn',
  ...more,
})

/** The one sentence on standard error; anything like a stack has more than one line. */
async function refusalOf({ ended, stderr }: RunningCommand): Promise<string> {
  expect({ ...(await ended), stderr: stderr() }).toMatchObject({ code: 1 })
  expect(stderr().trim().split('\n')).toHaveLength(1)
  return stderr().trim()
}

test.runIf(isRoot)(
  'as root a private data directory is opened for passing through, and shows nothing within to others',
  { timeout },
  async () => {
    expect((await lstat(dataDirectory)).mode & 0o777).toBe(0o700)
    const member = await joinAt((await running()).url)
    const dot = { create: { width: 2, height: 2, channels: 3, background: 'red' } } as const
    const upload = await member.here('POST', '/media', await sharp(dot).png().toBuffer())
    expect(upload.status).toBe(201)
    expect((await lstat(dataDirectory)).mode & 0o777).toBe(0o711)

    const open: string[] = []
    const names = await readdir(dataDirectory)
    expect(names).toEqual(
      expect.arrayContaining(['clickhouse', 'engines.json', 'media', 'postgres', 'secret']),
    )
    for (const name of names) {
      // The lock holds a process number, which anybody can see anyway.
      if (/^instance\.\d+\.lock$/.test(name)) continue
      if (((await lstat(join(dataDirectory, name))).mode & 0o077) !== 0) open.push(name)
    }
    expect(open).toEqual([])
    for (const entry of await readdir(join(dataDirectory, 'media'), { recursive: true })) {
      expect((await lstat(join(dataDirectory, 'media', entry))).mode & 0o077).toBe(0)
    }
  },
)

test.runIf(isRoot)(
  'as root a private directory above the data stays as it is and is named',
  { timeout },
  async () => {
    const above = await mkdtemp('/tmp/heliograph-above-')
    onTestFinished(() => rm(above, { recursive: true, force: true }))
    const command = runCommand('start', await environment({ HELIOGRAPH_DATA: join(above, 'data') }))
    expect(await refusalOf(command)).toContain(`run chmod o+x ${above},`)
    expect((await lstat(above)).mode & 0o777).toBe(0o700)
    expect(listInstanceProcesses(above)).toEqual([])
  },
)

test('a second start on the same directory is refused with the pid of the first, which goes on', {
  timeout,
}, async () => {
  const { url, child } = await running()
  const refusal = await refusalOf(runCommand('start', await environment()))
  expect(refusal).toContain(`already running on ${dataDirectory} (process ${child.pid})`)
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  // The files by which others find the engines are those of the first.
  expect((await runCommand('migrate', await environment()).ended).code).toBe(0)
})

test('a port in use is said in one sentence, and the engines are stopped again', { timeout }, async () => {
  await stopped()
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  onTestFinished(() => void holder.close())
  const address = holder.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const command = runCommand('start', await environment({ PORT: String(port) }))
  expect(await refusalOf(command)).toContain(`Port ${port} is in use`)
  // Nor does the log, which holds warnings here, speak of connections that were given up on the way.
  expect(command.stdout()).toBe('')
  expect(listInstanceProcesses(dataDirectory)).toEqual([])
})

test('an address to listen on that is not of this machine is said in one sentence', { timeout }, async () => {
  await stopped()
  const refusal = await refusalOf(runCommand('start', await environment({ HOST: '192.0.2.1' })))
  expect(refusal).toContain('HOST is "192.0.2.1", which is no address of this machine: leave it out')
  expect(listInstanceProcesses(dataDirectory)).toEqual([])
})

test('a database without its secret is refused by name, no new secret is made, and the old one opens it', {
  timeout,
}, async () => {
  await running()
  await stopped()
  const path = join(dataDirectory, 'secret')
  await rename(path, `${path}.away`)
  for (const more of [{}, { HELIOGRAPH_SECRET: 'a secret of the environment, which opens no database' }]) {
    const refusal = await refusalOf(runCommand('start', await environment(more)))
    expect(refusal).toContain(`The secret is missing: ${path} is not there`)
    expect(await readdir(dataDirectory)).not.toContain('secret')
  }
  await writeFile(path, 'x'.repeat(43))
  const other = await refusalOf(runCommand('start', await environment()))
  expect(other).toMatch(/made with another password than the file "secret" beside it .* new directory\.$/)
  await rename(`${path}.away`, path)
  expect((await fetch(`${(await running()).url}/readyz`)).status).toBe(200)
})

test('a data folder that is a file, or cannot be made, is said in one sentence by every command', {
  timeout,
}, async () => {
  const place = await mkdtemp('/tmp/heliograph-no-folder-')
  onTestFinished(() => rm(place, { recursive: true, force: true }))
  const file = join(place, 'file')
  await writeFile(file, '')
  for (const directory of [file, join(file, 'data')]) {
    for (const command of ['start', 'api', 'migrate']) {
      const more = { HELIOGRAPH_DATA: directory }
      const refusal = await refusalOf(runCommand(command, await environment(more)))
      expect(refusal).toContain(`The data directory ${directory} cannot be used (ENOTDIR)`)
    }
  }
  if (process.platform !== 'linux') return
  const nowhere = runCommand('start', await environment({ HELIOGRAPH_DATA: '/proc/heliograph' }))
  const killer = setTimeout(() => nowhere.child.kill('SIGKILL'), 30_000)
  expect(await refusalOf(nowhere)).toContain('The data directory /proc/heliograph cannot be used')
  clearTimeout(killer)
})

test('a bad configuration names all its faults at once and starts nothing', { timeout }, async () => {
  const untouched = join(dataDirectory, 'never')
  const bad = {
    HELIOGRAPH_DATA: untouched,
    PORT: '99999',
    HELIOGRAPH_SECRET: 'short',
    DATABASE_URL: 'mysql://here',
    LOG_LEVEL: 'loud',
  }
  const { ended, stderr } = runCommand('start', bad)
  expect(await ended).toEqual({ code: 1, signal: null })
  for (const name of ['PORT', 'HELIOGRAPH_SECRET', 'DATABASE_URL', 'LOG_LEVEL']) {
    expect(stderr()).toMatch(new RegExp(`^  ${name} .+`, 'm'))
  }
  expect(stderr()).not.toMatch(/^\s+at /m)
  expect(stderr()).not.toContain('short\n')
  await expect(lstat(untouched)).rejects.toThrow('ENOENT')
})

test('a database address that cannot be read is refused without a stack, and not repeated', async () => {
  const DATABASE_URL = 'postgres://u:hunter2@ss@localhost:99999/x'
  const { ended, stderr } = runCommand('start', await environment({ DATABASE_URL }))
  expect((await ended).code).toBe(1)
  expect(stderr().trim().split('\n')).toEqual([
    'The configuration cannot be used:',
    expect.stringContaining('DATABASE_URL is no address: escape signs in the password, like %40 for @'),
  ])
  expect(stderr()).not.toContain('hunter2')
})

test('--help is answered with the commands', async () => {
  for (const word of ['--help', '-h', 'help']) {
    const { ended, stdout, stderr } = runCommand(word, await environment())
    expect(await ended).toEqual({ code: 0, signal: null })
    expect(stdout()).toMatch(/^usage: npm run heliograph -- start \| engines \| api \| worker \| migrate/)
    expect(stderr()).toBe('')
  }
})

test('a command that does not exist is answered with those that do', async () => {
  const { ended, stderr } = runCommand('strat', await environment())
  expect((await ended).code).toBe(1)
  expect(stderr()).toContain('There is no command "strat".')
  expect(stderr()).toContain('start | engines | api | worker | migrate')
})

test('lock and pid files that name processes of other programs do not block', { timeout }, async () => {
  const { child } = await running()
  const processes = listInstanceProcesses(dataDirectory)
  child.kill('SIGKILL')
  await once(child, 'exit')
  server = undefined
  await vi.waitUntil(() => !processes.some(isStillThere), soon)
  const locks = (await readdir(dataDirectory)).filter((name) => /^instance\.\d+\.lock$/.test(name))
  expect(locks).toHaveLength(1)
  const stranger = process.pid
  for (const lock of locks) {
    await writeFile(join(dataDirectory, lock), JSON.stringify({ pid: stranger, identity: 'another boot:1' }))
  }
  await writeFile(join(dataDirectory, 'clickhouse/heliograph.pid'), `${stranger}\n`)
  await writeFile(
    join(dataDirectory, 'postgres/postmaster.pid'),
    `${stranger}\n${join(dataDirectory, 'postgres')}\n1\n5432\n\n\n`,
  )
  await vi.waitUntil(async () => (await fetch(`${(await running()).url}/readyz`)).ok, soon)
})

test('without running engines api, worker and migrate refuse in one sentence, also after a kill', {
  timeout,
}, async () => {
  const nowhere = await mkdtemp('/tmp/heliograph-nowhere-')
  onTestFinished(() => rm(nowhere, { recursive: true, force: true }))
  const { child } = await running()
  child.kill('SIGKILL')
  await once(child, 'exit')
  server = undefined
  expect(await readdir(dataDirectory)).toContain('engines.json')
  for (const directory of [nowhere, join(nowhere, 'absent'), dataDirectory]) {
    const refusals = await Promise.all(
      ['api', 'worker', 'migrate'].map(async (command) =>
        refusalOf(runCommand(command, await environment({ HELIOGRAPH_DATA: directory }))),
      ),
    )
    for (const refusal of refusals) {
      expect(refusal).toMatch(/^No database is known: run "npm start" or "npm run heliograph -- engines" on /)
    }
  }
})

test('migrate tells of both engines what was done, and of which one nobody told it', {
  timeout,
}, async () => {
  const told = async (more: Record<string, string> = {}) => {
    const { ended, stdout } = runCommand('migrate', await environment(more))
    expect((await ended).code).toBe(0)
    return stdout().trim()
  }
  await running()
  expect(await told()).toBe('PostgreSQL: up to date; ClickHouse: up to date.')
  const { databaseUrl } = await readAddress()
  const nowhere = join(dataDirectory, 'nowhere')
  const external = {
    DATABASE_URL: databaseUrl,
    HELIOGRAPH_DATA: nowhere,
    HELIOGRAPH_SECRET: (await readFile(join(dataDirectory, 'secret'), 'utf8')).trim(),
  }
  const untouched = `ClickHouse: not touched, for CLICKHOUSE_URL is not set and no instance that has one runs on ${nowhere}`
  expect(await told(external)).toBe(`PostgreSQL: up to date; ${untouched}.`)
})

test('an external database that does not answer is said in one sentence', { timeout }, async () => {
  await stopped()
  const external = `postgres://app:secret-word@127.0.0.1:${await freePort()}/heliograph`
  for (const command of ['start', 'migrate']) {
    const refusal = await refusalOf(runCommand(command, await environment({ DATABASE_URL: external })))
    expect(refusal).toMatch(/^The database cannot be used \(.*ECONNREFUSED.*\): .*DATABASE_URL/)
    expect(refusal).not.toContain('secret-word')
  }
  await vi.waitUntil(() => listInstanceProcesses(dataDirectory).length === 0, soon)
})

test('analytics newer than the code fail the command migrate, and start goes on without them', {
  timeout,
}, async () => {
  await running()
  const { clickhouseUrl } = await readAddress()
  const client = createClient({ url: clickhouseUrl })
  await client.insert({
    table: 'schema_migrations',
    values: [{ number: 9000, name: 'from_the_future', checksum: '0'.repeat(64) }],
    format: 'JSONEachRow',
  })
  const newer = 'The ClickHouse database is newer than this version of Heliograph'
  expect(await refusalOf(runCommand('migrate', await environment()))).toContain(newer)
  await stopped()
  const member = await joinAt((await running()).url)
  expect((await member.here('POST', '/content', { text: 'still here' })).status).toBe(201)
  await vi.waitUntil(() => server?.output().includes(newer), soon)
  await client.close()
})

test('a database newer than the code is refused in plain words by migrate and by start', {
  timeout,
}, async () => {
  await running()
  const client = new pg.Client({ connectionString: (await readAddress()).databaseUrl })
  await client.connect()
  await client.query(
    `insert into app.schema_migrations (number, name, checksum) values (9000, 'from_the_future', $1)`,
    ['0'.repeat(64)],
  )
  await client.end()
  const newer =
    'The database is newer than this version of Heliograph: it has had migration 9000_from_the_future'
  expect(await refusalOf(runCommand('migrate', await environment()))).toContain(newer)
  await stopped()
  expect(await refusalOf(runCommand('start', await environment()))).toContain(newer)
  expect(listInstanceProcesses(dataDirectory)).toEqual([])
})
