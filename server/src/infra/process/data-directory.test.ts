/** A folder for the data that cannot be used is refused in one sentence that names it. */
import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeDataDirectory } from './data-directory.ts'
import { acquireInstanceLock, findRunningInstance } from './instance-lock.ts'
import { anybody, findBlockingDirectory } from './reachable.ts'
import { StartRefused } from './start-refused.ts'

const isRoot = process.getuid?.() === 0
const stranger = { uid: 65_534, gid: 65_534 }
let place: string
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'data-directory-'))
})
afterEach(() => rm(place, { recursive: true }))

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const refusal = await work.catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(StartRefused)
  return refusal instanceof Error ? refusal.message : ''
}

test('what is missing on the way is made, and a second call finds it', async () => {
  const path = join(place, 'one', 'two', 'three')
  await makeDataDirectory(path)
  await makeDataDirectory(path)
  if (isRoot)
    for (const made of ['one', 'one/two']) {
      expect((await stat(join(place, made))).mode & 0o777).toBe(0o711)
    }
  await symlink(path, join(place, 'link'))
  await makeDataDirectory(join(place, 'link'))
})

test('first starts at the same moment all get the folder', async () => {
  const path = join(place, 'one', 'two', 'three')
  await Promise.all(Array.from({ length: 8 }, () => makeDataDirectory(path)))
  expect((await stat(path)).isDirectory()).toBe(true)
})

test('a file in the place of the folder, or above it, is refused by each way to begin', async () => {
  const file = join(place, 'file')
  await writeFile(file, '')
  for (const path of [file, join(file, 'data')]) {
    for (const begin of [makeDataDirectory, acquireInstanceLock, findRunningInstance]) {
      expect(await refusalOf(begin(path))).toBe(
        `The data directory ${path} cannot be used (ENOTDIR): it, or what lies above it, is no folder. Put that right, ` +
          'or set HELIOGRAPH_DATA to another folder.',
      )
    }
  }
})

test.runIf(process.platform === 'linux')(
  'a folder in a file system that takes none is refused, instead of tried for ever',
  async () => {
    // In a process of its own: what is tried for ever would be tried in a thread that outlives the test.
    const module = new URL('./data-directory.ts', import.meta.url).href
    const program = `const { makeDataDirectory } = await import(${JSON.stringify(module)})
      await makeDataDirectory('/proc/heliograph/data').catch((error) => console.log(error.message))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 10_000,
      killSignal: 'SIGKILL',
    })
    expect(await text(child.stdout)).toContain(
      'The data directory /proc/heliograph/data cannot be used (ENOENT)',
    )
  },
  20_000,
)

test('a folder that may not be listed is refused in one sentence', async (context) => {
  if (isRoot && findBlockingDirectory(import.meta.dirname, anybody)) context.skip()
  await chmod(place, 0o711)
  const closed = join(place, 'closed')
  await mkdir(closed, { mode: 0o311 })
  await chmod(closed, 0o333)
  const module = new URL('./instance-lock.ts', import.meta.url).href
  const program = `const { acquireInstanceLock, findRunningInstance } = await import(${JSON.stringify(module)})
    for (const begin of [acquireInstanceLock, findRunningInstance])
      await begin(${JSON.stringify(closed)}).catch((error) => console.log(error.name + ': ' + error.message))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(isRoot ? stranger : {}),
  })
  const sentence = `StartRefused: The data directory ${closed} cannot be used (EACCES): this user has to read, list`
  const lines = (await text(child.stdout)).trim().split('\n')
  expect(lines).toHaveLength(2)
  for (const line of lines) expect(line).toContain(sentence)
})
