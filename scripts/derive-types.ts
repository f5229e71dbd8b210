/**
 * What is derived from the code: the database's types from a migrated database, and the web client's types from
 * the OpenAPI document of the running server. `npm run generate` writes them; a test holds them against the files.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const repository = fileURLToPath(new URL('..', import.meta.url))
const bin = (path: string) => join(repository, 'node_modules', path)

export const derivedFiles = {
  database: join(repository, 'server/src/infra/postgres/schema.generated.ts'),
  client: join(repository, 'web/src/api/schema.generated.ts'),
} as const

/** Types of every table, from a login that owns them. bigint is a number here: see the pool's parser. */
export async function deriveDatabaseTypes(databaseUrl: string): Promise<string> {
  return inTemporaryFile(async (path) => {
    await run(process.execPath, [
      bin('kysely-codegen/dist/cli/bin.js'),
      '--dialect=postgres',
      `--url=${databaseUrl}`,
      '--include-pattern=public.*',
      '--exclude-pattern=public.post_snapshots_*',
      '--type-mapping={"int8":"number"}',
      `--out-file=${path}`,
    ])
  })
}

/** Types of the API for `openapi-fetch`. */
export async function deriveClientTypes(openapi: object): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'heliograph-openapi-'))
  const document = join(directory, 'openapi.json')
  try {
    await writeFile(document, JSON.stringify(openapi))
    return await inTemporaryFile(async (path) => {
      await run(process.execPath, [bin('openapi-typescript/bin/cli.js'), document, '-o', path])
    })
  } finally {
    await rm(directory, { recursive: true })
  }
}

async function inTemporaryFile(write: (path: string) => Promise<void>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'heliograph-derive-'))
  try {
    const path = join(directory, 'types.ts')
    await write(path)
    return await readFile(path, 'utf8')
  } finally {
    await rm(directory, { recursive: true })
  }
}
