import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../server/test/world.ts'
import { indexReasons } from './index-reasons.ts'

const repository = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(`${repository}${path}`, 'utf8')

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.stop())

interface Named {
  readonly index: string
  /** Undefined: something of this project. */
  readonly source: string | undefined
  readonly name: string
}

const named = (index: string, reason: string): Named[] =>
  [...reason.matchAll(/(?:source (\w+) )?`([^`]+)`/g)].map(([, source, name = '']) => ({
    index,
    source,
    name,
  }))
const allNamed = Object.entries(indexReasons).flatMap(([index, reason]) => named(index, reason))

test('a reason names who asks; two are asked by hand alone', () => {
  const withoutName = Object.entries(indexReasons).filter(([index, reason]) => !named(index, reason).length)
  expect(withoutName.map(([index, reason]) => `${index} ${reason.replace(/:.*/, '')}`)).toEqual([
    'public.audit_log_time by hand',
    'public.webhook_events_time by hand',
  ])
})

test('what a reason says of a source stands among what that source asks for', () => {
  const asked = new Set(
    read('docs/source-coverage.tsv')
      .split('\n')
      .map((line) => line.split('\t'))
      .map(([system, , name]) => `${system} ${name}`),
  )
  const ofSources = allNamed.filter(({ source }) => source !== undefined)
  expect(ofSources.length).toBeGreaterThan(40)
  expect(ofSources.filter(({ source, name }) => !asked.has(`${source} ${name}`))).toEqual([])
})

test('what else a reason names is a function or a view of the database, or a function or a duty of the server', async () => {
  const inDatabase = new Set(
    (
      await world.query<{ name: string }>(
        `select n.nspname || '.' || p.proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         union select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('v', 'm')`,
      )
    ).map(({ name }) => name),
  )
  const server = globSync('server/src/**/*.ts', { cwd: repository })
    .filter((file) => !/\.(test|generated)\.ts$/.test(file))
    .map(read)
    .join('\n')
  const isThere = (name: string) =>
    name.includes('.')
      ? inDatabase.has(name)
      : [`function ${name}(`, `async ${name}(`, `name: '${name}'`].some((text) => server.includes(text))
  const ofOurs = allNamed.filter(({ source }) => source === undefined)
  expect(ofOurs.length).toBeGreaterThan(20)
  expect(ofOurs.filter(({ name }) => !isThere(name))).toEqual([])
  expect([isThere('app.no_such_function'), isThere('listNothing')]).toEqual([false, false])
})
