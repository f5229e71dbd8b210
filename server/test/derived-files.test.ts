/** What is derived from the code is kept in the repository and must be what the code says today. */
import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataModelFile, deriveDataModel } from '../../scripts/data-model/document.ts'
import { deriveClientTypes, deriveDatabaseTypes, derivedFiles } from '../../scripts/derive-types.ts'
import { createWorld, ownerUrlOf, type World } from './world.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.stop())

const derivations: readonly [what: string, file: string, derive: () => Promise<string>][] = [
  ['types of the database', derivedFiles.database, () => deriveDatabaseTypes(ownerUrlOf(world))],
  ['types of the web client', derivedFiles.client, () => deriveClientTypes(world.app.http.swagger())],
  [
    'diagrams and tables of the data model',
    dataModelFile,
    () => deriveDataModel(ownerUrlOf(world), world.clickhouseUrl),
  ],
]

test.each(derivations)('the %s are those of the code as it stands', async (_what, file, derive) => {
  const [kept, derived] = await Promise.all([readFile(file, 'utf8'), derive()])
  expect(derived.length).toBeGreaterThan(1_000)
  expect(kept, `${relative(repository, file)} is out of date: run "npm run generate".`).toBe(derived)
})
