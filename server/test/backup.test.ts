/** Backing up and restoring the embedded engines by the very commands of docs/operating.md. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createClient } from '@clickhouse/client'
import pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { listInstanceProcesses, type RunningCommand, runCommand } from './chaos/command.ts'
import { joinAt, type Member } from './chaos/member.ts'
import { freePort, startServer } from './running-server.ts'

const run = promisify(execFile)
const timeout = 180_000
const soon = { timeout: 30_000, interval: 20 }
const documentFile = fileURLToPath(new URL('../../docs/operating.md', import.meta.url))
let document: string
/** Where a person stands when they type the commands: the data folder lies in it. */
let here: string
let member: Member
let contentId: string

const folder = (name: string) => join(here, name)
/** The commands of a block of the document. */
const commandsOf = (name: string) => {
  const [, commands] = new RegExp(`^\`\`\`sh ${name}\n([\\s\\S]*?)^\`\`\``, 'm').exec(document) ?? []
  if (!commands) throw new Error(`docs/operating.md has no block "sh ${name}"`)
  return commands
}
const type = (commands: string, cwd = here) => run('sh', ['-e', '-u', '-c', commands], { cwd })

const addressesOf = async (dataDirectory: string) =>
  z
    .object({ databaseUrl: z.string(), clickhouseUrl: z.string() })
    .parse(JSON.parse(await readFile(join(dataDirectory, 'engines.json'), 'utf8')))
const clickhouseOf = async (dataDirectory: string) =>
  createClient({ url: (await addressesOf(dataDirectory)).clickhouseUrl })

async function valuesIn(dataDirectory: string): Promise<unknown> {
  const client = await clickhouseOf(dataDirectory)
  try {
    const answer = await client.query({
      query: 'select metric_value from performance_metrics where workspace_id = {workspace: UUID}',
      query_params: { workspace: member.workspaceId },
      format: 'JSONCompactEachRow',
    })
    return await answer.json()
  } finally {
    await client.close()
  }
}

async function writeValue(dataDirectory: string, value: number): Promise<void> {
  const client = await clickhouseOf(dataDirectory)
  try {
    await client.insert({
      table: 'performance_metrics',
      columns: ['workspace_id', 'metric_name', 'metric_value', 'timestamp'],
      values: [[member.workspaceId, 'likes', value, '2026-11-01 12:00:00.000']],
      format: 'JSONCompactEachRow',
    })
  } finally {
    await client.close()
  }
}

// Something of everything: rows of both engines, a file, and a person who signs in.
beforeAll(async () => {
  document = await readFile(documentFile, 'utf8')
  here = await mkdtemp('/tmp/heliograph-backup-')
  // As root the database runs under an account of its own, which has to get in.
  await run('chmod', ['711', here])
  const server = await startServer(folder('data'))
  member = await joinAt(server.url)
  contentId = (await member.here('POST', '/content', { text: 'written before the backup' })).body.id
  await vi.waitUntil(
    () =>
      writeValue(folder('data'), 42).then(
        () => true,
        () => false,
      ),
    soon,
  )
  await server.stop()
  await type(commandsOf('backup'))
  const again = await startServer(folder('data'))
  await member.at(again.url).here('POST', '/content', { text: 'written after the backup' })
  await again.stop()
}, timeout)
afterAll(async () => {
  await vi.waitUntil(() => listInstanceProcesses(here).length === 0, soon)
  await rm(here, { recursive: true, force: true })
})

test('a restored copy serves what was there at the backup, and nothing that came later', {
  timeout,
}, async () => {
  await type(commandsOf('restore'))
  const server = await startServer(folder('restored'))
  onTestFinished(() => server.stop())
  const restored = member.at(server.url)
  // The session's cookie opens as well: the secret came along.
  expect(await restored.listContentIds()).toEqual(new Set([contentId]))
  await vi.waitUntil(
    () =>
      valuesIn(folder('restored')).then(
        () => true,
        () => false,
      ),
    soon,
  )
  expect(await valuesIn(folder('restored'))).toEqual([[42]])
  expect((await restored.here('POST', '/content', { text: 'written after the restore' })).status).toBe(201)
})

test('a dump by the owner of the tables is refused, and not incomplete', { timeout }, async () => {
  const server = await startServer(folder('data'))
  onTestFinished(() => server.stop())
  const owner = new pg.Client({ connectionString: (await addressesOf(folder('data'))).databaseUrl })
  await owner.connect()
  onTestFinished(() => owner.end())
  // As pg_dump asks: https://www.postgresql.org/docs/18/app-pgdump.html, --enable-row-security.
  await owner.query('set row_security = off')
  await expect(owner.query('select from content')).rejects.toMatchObject({ code: '42501' })
})

test('the comparison after a backup is silent for what was written, and loud for anything else', {
  timeout,
}, async () => {
  const compare = commandsOf('backup').trim().split('\n').at(-1) ?? ''
  expect(compare).toContain('--compare')
  await type(commandsOf('restore').replaceAll('restored', 'compared'))
  const again = compare.replace('--directory data', '--directory compared')
  expect(await type(again)).toEqual({ stdout: '', stderr: '' })
  await run('sh', ['-c', 'printf x >> compared/secret'], { cwd: here })
  await expect(type(again)).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('secret') })
})

test('a backup can be read by its owner alone, and is not restored over what is there', {
  timeout,
}, async () => {
  expect((await stat(folder('heliograph-backup.tar.gz'))).mode & 0o777).toBe(0o600)
  await mkdir(folder('taken'))
  // As a shell reads them, which does not stop at the first that fails.
  const commands = commandsOf('restore').replaceAll('restored', 'taken')
  await expect(run('sh', ['-c', commands], { cwd: here })).rejects.toMatchObject({ code: 1 })
  expect(await readdir(folder('taken'))).toEqual([])
})

test('a copy without its secret does not open, and says so', { timeout }, async () => {
  await type(commandsOf('restore').replaceAll('restored', 'without-secret'))
  await rm(folder('without-secret/secret'))
  const refused = runCommand('start', {
    HELIOGRAPH_DATA: folder('without-secret'),
    PORT: String(await freePort()),
    LOG_LEVEL: 'warn',
  })
  expect(await refused.ended).toMatchObject({ code: 1 })
  expect(refused.stderr()).toMatch(/^The secret is missing: \S+without-secret\/secret is not there/)
})

test('engines and API without the worker show a restored copy', { timeout }, async () => {
  await type(commandsOf('restore').replaceAll('restored', 'looked-at'))
  const port = await freePort()
  const environment = { PORT: String(port), HELIOGRAPH_DATA: folder('looked-at') }
  const launch = async (command: string, sign: string): Promise<RunningCommand> => {
    const running = runCommand(command, environment)
    onTestFinished(async () => {
      running.child.kill('SIGTERM')
      await running.ended
    })
    await vi.waitUntil(() => running.child.exitCode !== null || running.stdout().includes(sign), soon)
    expect({ code: running.child.exitCode, stderr: running.stderr() }).toEqual({ code: null, stderr: '' })
    return running
  }
  const [engines, api] = commandsOf('look')
    .trim()
    .split('\n')
    .map((line) => line.split(' ').at(-1) ?? '')
  expect([engines, api]).toEqual(['engines', 'api'])
  await launch('engines', 'engines are running')
  await launch('api', 'heliograph is ready')
  expect(await member.at(`http://localhost:${port}`).listContentIds()).toEqual(new Set([contentId]))
})

test('every npm command of the document is one that the project has', async () => {
  const project = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8')))
  const used = [...document.matchAll(/npm (?:run )?([a-z]+)(?: -- ([a-z]+))?/g)]
  expect(used.length).toBeGreaterThan(4)
  const asked = runCommand('no-such-command', {})
  expect(await asked.ended).toMatchObject({ code: 1 })
  for (const [text, script = '', command] of used) {
    expect(Object.keys(project.scripts), text).toContain(script)
    if (command) expect(asked.stderr(), text).toMatch(new RegExp(`\\b${command}\\b`))
  }
})
