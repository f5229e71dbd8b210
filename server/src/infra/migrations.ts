import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** One SQL file of a migrations directory. */
export interface Migration {
  readonly number: number
  /** The file name without its number and extension: `0007_publications.sql` is `publications`. */
  readonly name: string
  readonly sql: string
  /** SHA-256 of the file's bytes, in hexadecimal. */
  readonly checksum: string
}

/** A migration that a database says it has had. */
export interface AppliedMigration {
  readonly number: number
  readonly name: string
  readonly checksum: string
}

/** The migrations and the database do not fit together; the message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

const fileNamePattern = /^(\d{4})_([a-z0-9_]+)\.sql$/

/**
 * Reads the `NNNN_name.sql` files of a directory in the order of their numbers, which start at 1 and have no
 * gap: a gap or a number used twice is how two branches that were merged carelessly show up.
 */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const fileNames = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort()
  const migrations: Migration[] = []
  for (const fileName of fileNames) {
    const [, digits, name] = fileNamePattern.exec(fileName) ?? []
    if (digits === undefined || name === undefined) {
      throw new MigrationError(
        `${join(directory, fileName)} is not named like a migration: rename it to NNNN_name.sql, with four ` +
          'digits and a name of lower-case letters, digits and underscores.',
      )
    }
    const number = Number(digits)
    const previous = migrations.at(-1)
    if (previous?.number === number) {
      throw new MigrationError(
        `Two migrations in ${directory} have the number ${digits} (${previous.name} and ${name}): give the ` +
          'one that is not released yet the next free number.',
      )
    }
    const expected = (previous?.number ?? 0) + 1
    if (number !== expected) {
      throw new MigrationError(
        `Migration ${fileName} in ${directory} should have the number ${padded(expected)}: number the ` +
          'migrations from 0001 without a gap, or bring the missing file back.',
      )
    }
    const bytes = await readFile(join(directory, fileName))
    const checksum = createHash('sha256').update(bytes).digest('hex')
    migrations.push({ number, name, sql: bytes.toString('utf8'), checksum })
  }
  return migrations
}

/**
 * Returns the migrations that a database still needs. Refuses a database that the code does not know how to
 * use: one that is newer, or one made by another version of a file.
 */
export function pendingMigrations(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
  databaseName: string,
): Migration[] {
  const byNumber = new Map(migrations.map((migration) => [migration.number, migration]))
  for (const record of applied) {
    const migration = byNumber.get(record.number)
    const recordName = `${padded(record.number)}_${record.name}`
    if (migration === undefined) {
      throw new MigrationError(
        `${databaseName} is newer than this version of Heliograph: it has had migration ${recordName}, which ` +
          'is unknown here. Start the newer version again, or restore a backup from before the update.',
      )
    }
    if (migration.checksum !== record.checksum) {
      throw new MigrationError(
        `${databaseName} had migration ${recordName} before its file was changed. Restore the file as it was ` +
          'and put the change into a new migration.',
      )
    }
  }
  const done = new Set(applied.map((record) => record.number))
  return migrations.filter((migration) => !done.has(migration.number))
}

function padded(number: number): string {
  return String(number).padStart(4, '0')
}
