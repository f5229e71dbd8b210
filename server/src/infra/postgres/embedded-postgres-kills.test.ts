import { spawn } from 'node:child_process'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client, Pool } from 'pg'
import { expect, onTestFinished, test, vi } from 'vitest'
import { findProcess, listProcessesIn } from '../process/process-facts.ts'
import { endProcess, makeDataRoot, startElsewhere, startHere } from './embedded-fixture.ts'

const timeout = 60_000

test('a server killed under write load comes back by itself and has every acknowledged row', {
  timeout,
}, async () => {
  const directory = join(await makeDataRoot(onTestFinished), 'postgres')
  const postgres = await startHere(directory, onTestFinished)
  const pool = new Pool({ connectionString: postgres.url, max: 8 })
  let poolErrors = 0
  pool.on('error', () => {
    poolErrors += 1
  })
  onTestFinished(() => pool.end())
  await pool.query('create table facts (id int primary key)')

  const acknowledged = new Set<number>()
  let next = 0
  let failures = 0
  let writing = true
  const writers = Array.from({ length: 8 }, async () => {
    while (writing) {
      const id = next++
      try {
        await pool.query('insert into facts values ($1)', [id])
        acknowledged.add(id)
      } catch {
        failures += 1
      }
    }
  })
  for (let kills = 0; kills < 3; kills++) {
    const goal = acknowledged.size + 300
    await vi.waitUntil(() => acknowledged.size > goal, { timeout: 20_000 })
    const killed = postgres.process.pid ?? 0
    process.kill(killed, 'SIGKILL')
    await vi.waitUntil(() => postgres.process.pid !== undefined && postgres.process.pid !== killed, {
      timeout: 20_000,
    })
  }
  const goal = acknowledged.size + 300
  await vi.waitUntil(() => acknowledged.size > goal, { timeout: 20_000 })
  writing = false
  await Promise.all(writers)

  const { rows } = await pool.query<{ id: number }>('select id from facts')
  const stored = new Set(rows.map(({ id }) => id))
  expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([])
  expect(failures + poolErrors).toBeGreaterThan(0)
})

test('a stop ends every process within two seconds, open transactions notwithstanding', {
  timeout,
}, async () => {
  const directory = join(await makeDataRoot(onTestFinished), 'postgres')
  const postgres = await startHere(directory, onTestFinished)
  const client = new Client({ connectionString: postgres.url })
  client.on('error', () => undefined)
  await client.connect()
  await client.query('begin; create table half_done (id int)')
  const running = client.query('select pg_sleep(60)').catch((error: unknown) => error)
  expect(listProcessesIn(directory).length).toBeGreaterThan(2)

  const startedAt = performance.now()
  await postgres.process.stop()
  expect(performance.now() - startedAt).toBeLessThan(2_000)
  expect(listProcessesIn(directory)).toEqual([])
  expect(await running).toBeInstanceOf(Error)
  await expect(stat(postgres.connection.host)).rejects.toThrow('ENOENT')
})

test('a killed parent leaves no orphan, and the next start need not wait for anybody', {
  timeout,
}, async () => {
  const directory = join(await makeDataRoot(onTestFinished), 'postgres')
  for (let round = 0; round < 3; round++) {
    const { child, firstLine } = startElsewhere(directory)
    onTestFinished(() => endProcess(child, 'SIGKILL'))
    const orphan = Number((await firstLine).replace('ready ', ''))
    expect(findProcess(orphan)?.commandLine).toContain(directory)
    await endProcess(child, 'SIGKILL')
    const postgres = await startHere(directory, onTestFinished)
    expect(findProcess(orphan)).toBeUndefined()
    await postgres.process.stop()
  }
  expect(listProcessesIn(directory)).toEqual([])
})

test('a directory in use by another instance is refused with the pid of its server', {
  timeout,
}, async () => {
  const directory = join(await makeDataRoot(onTestFinished), 'postgres')
  const first = await startHere(directory, onTestFinished)
  const { child, firstLine } = startElsewhere(directory)
  onTestFinished(() => endProcess(child, 'SIGKILL'))
  expect(await firstLine).toMatch(new RegExp(`^StartRefused: .* in use .*process ${first.process.pid}`))
  const client = new Client({ connectionString: first.url })
  await client.connect()
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  await client.end()
})

test('a stale pid file whose pid now belongs to another program does not block', { timeout }, async () => {
  const directory = join(await makeDataRoot(onTestFinished), 'postgres')
  await (await startHere(directory, onTestFinished)).process.stop()
  const { uid, gid } = await stat(directory)
  const stranger = spawn('sleep', ['600'], { uid, gid, cwd: '/', stdio: 'ignore' })
  onTestFinished(() => endProcess(stranger, 'SIGKILL'))
  const lines = [stranger.pid, directory, 1_700_000_000, 5432, '/tmp', '', '', 'ready   ']
  await writeFile(join(directory, 'postmaster.pid'), `${lines.join('\n')}\n`)
  const postgres = await startHere(directory, onTestFinished)
  expect(postgres.process.state).toBe('running')
  expect(findProcess(stranger.pid ?? 0)).toBeDefined()
})

test('a kill in the middle of initdb leaves nothing half-made', { timeout }, async () => {
  const root = await makeDataRoot(onTestFinished)
  const directory = join(root, 'postgres')
  const { child } = startElsewhere(directory)
  const workshop = async () => (await readdir(root)).find((name) => name.startsWith('.postgres-initdb-'))
  await vi.waitUntil(
    async () => {
      const name = await workshop()
      return (
        name !== undefined &&
        (await readdir(join(root, name, 'cluster')).catch((): string[] => [])).includes('PG_VERSION')
      )
    },
    { timeout: 20_000, interval: 2 },
  )
  await endProcess(child, 'SIGKILL')
  await expect(stat(directory)).rejects.toThrow('ENOENT')

  const postgres = await startHere(directory, onTestFinished)
  expect(postgres.process.state).toBe('running')
  expect(await workshop()).toBeUndefined()
})

test('of two starts at once on a new directory one runs and the other is refused', { timeout }, async () => {
  const directory = join(await makeDataRoot(onTestFinished), 'postgres')
  const starts = [startElsewhere(directory), startElsewhere(directory)]
  for (const { child } of starts) onTestFinished(() => endProcess(child, 'SIGKILL'))
  const lines = await Promise.all(starts.map(({ firstLine }) => firstLine))
  expect(lines.filter((line) => /^ready \d+$/.test(line))).toHaveLength(1)
  expect(lines.filter((line) => /in use|lock file/.test(line))).toHaveLength(1)
})
