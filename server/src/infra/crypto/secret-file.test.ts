import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readOrCreateSecret } from './secret-file.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'secret-'))
})
afterEach(() => rm(directory, { recursive: true }))

test('the first start makes a secret that only its owner reads, and every later one finds it', async () => {
  const umask = process.umask(0)
  try {
    const secret = await readOrCreateSecret(directory)
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    const { mode } = await stat(join(directory, 'secret'))
    expect((mode & 0o777).toString(8)).toBe('600')
    expect(await readOrCreateSecret(directory)).toBe(secret)
  } finally {
    process.umask(umask)
  }
})

test('no two installations have the same secret', async () => {
  const other = await mkdtemp(join(tmpdir(), 'secret-'))
  expect(await readOrCreateSecret(directory)).not.toBe(await readOrCreateSecret(other))
  await rm(other, { recursive: true })
})

test('first starts at the same moment agree, also with the same process id, and leave nothing else', async () => {
  for (let round = 0; round < 50; round++) {
    const place = await mkdtemp(join(directory, 'round-'))
    const secrets = await Promise.all([1, 2, 3, 4].map(() => readOrCreateSecret(place)))
    expect(new Set(secrets).size).toBe(1)
    expect((await readFile(join(place, 'secret'), 'utf8')).trim()).toBe(secrets[0])
    expect(await readdir(place)).toEqual(['secret'])
  }
})

test('first starts of several processes at the same moment agree', async () => {
  const module = new URL('./secret-file.ts', import.meta.url).href
  const program = `const { readOrCreateSecret } = await import(${JSON.stringify(module)})
    console.log(await readOrCreateSecret(${JSON.stringify(directory)}))`
  const secrets = await Promise.all(
    Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      return text(child.stdout)
    }),
  )
  expect(secrets[0]).toMatch(/\S{40}/)
  expect(new Set(secrets).size).toBe(1)
  expect(await readdir(directory)).toEqual(['secret'])
})

test('an empty or cut secret is refused with what to do, instead of encrypting with it', async () => {
  const path = join(directory, 'secret')
  for (const damaged of ['', '\n', 'cut']) {
    await writeFile(path, damaged)
    const refusal = await readOrCreateSecret(directory).catch(String)
    expect(refusal).toContain(`The secret in ${path} is damaged: put this file back from the backup`)
    // What is left of it may be what opens the database.
    expect(refusal).not.toMatch(/remove|delete/)
    expect(await readFile(path, 'utf8')).toBe(damaged)
  }
})

test('beside a database whose secret is missing no new one is made', async () => {
  await mkdir(join(directory, 'postgres'))
  await writeFile(join(directory, 'postgres', 'PG_VERSION'), '18\n')
  const path = join(directory, 'secret')
  await expect(readOrCreateSecret(directory)).rejects.toThrow(
    `The secret is missing: ${path} is not there, and the database in ${join(directory, 'postgres')}`,
  )
  expect(await readdir(directory)).toEqual(['postgres'])
  const kept = 'put back from the backup, long enough'
  await writeFile(path, `${kept}\n`)
  expect(await readOrCreateSecret(directory)).toBe(kept)
})

test('a secret that cannot be read is not replaced', async () => {
  const path = join(directory, 'secret')
  // A directory in its place cannot be read by anybody, root included.
  await mkdir(path)
  await expect(readOrCreateSecret(directory)).rejects.toMatchObject({ code: 'EISDIR' })
  expect(await readdir(directory)).toEqual(['secret'])
})
