import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pendingMigrations, readMigrations } from './migrations.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'migrations-'))
})
afterEach(() => rm(directory, { recursive: true }))

const write = (...names: string[]) =>
  Promise.all(names.map((name) => writeFile(join(directory, name), `-- ${name}\n`)))

test('migrations are read in the order of their numbers, with the checksum of their bytes', async () => {
  await write('0002_second.sql', '0001_first.sql', 'notes.md')
  const migrations = await readMigrations(directory)
  expect(migrations.map(({ number, name }) => [number, name])).toEqual([
    [1, 'first'],
    [2, 'second'],
  ])
  const checksum = createHash('sha256').update('-- 0001_first.sql\n').digest('hex')
  expect(migrations[0]).toMatchObject({ sql: '-- 0001_first.sql\n', checksum })
})

test('a gap, a number used twice and a wrong name are refused with the remedy', async () => {
  await write('0001_first.sql', '0003_third.sql')
  await expect(readMigrations(directory)).rejects.toThrow(/should have the number 0002.*without a gap/)
  await write('0002_second.sql', '0002_other.sql')
  await expect(readMigrations(directory)).rejects.toThrow(/Two migrations .* number 0002.*next free number/)
  await rm(join(directory, '0002_other.sql'))
  await write('4-fourth.sql')
  await expect(readMigrations(directory)).rejects.toThrow(/rename it to NNNN_name.sql/)
})

test('only what the database has not had is pending', async () => {
  await write('0001_first.sql', '0002_second.sql')
  const migrations = await readMigrations(directory)
  expect(pendingMigrations(migrations, migrations.slice(0, 1), 'The database')).toEqual(migrations.slice(1))
  expect(pendingMigrations(migrations, migrations, 'The database')).toEqual([])
})

test('a newer database and a changed file are refused in plain words', async () => {
  await write('0001_first.sql')
  const migrations = await readMigrations(directory)
  const newer = [...migrations, { number: 2, name: 'future', checksum: 'x' }]
  expect(() => pendingMigrations(migrations, newer, 'The database')).toThrow(
    /^The database is newer than this version of Heliograph: .*0002_future.*Start the newer version again/,
  )
  const changed = [{ number: 1, name: 'first', checksum: 'other' }]
  expect(() => pendingMigrations(migrations, changed, 'The database')).toThrow(
    /^The database had migration 0001_first before its file was changed\. Restore the file/,
  )
})
