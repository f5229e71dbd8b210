/** An external PostgreSQL that cannot be used as it is: said in plain words, before anything of others is changed. */
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appLogin } from './engines.ts'
import { createKeyring, type Keyring } from './infra/crypto/keyring.ts'
import { createLog } from './infra/log.ts'
import { MigrationError } from './infra/migrations.ts'
import { makeDataRoot, startHere } from './infra/postgres/embedded-fixture.ts'
import { type Login, loginUrl } from './infra/postgres/pool.ts'
import { StartRefused } from './infra/process/start-refused.ts'
import { migrateDatabase } from './migrate.ts'

// A server of its own: roles belong to the whole server, and these tests are about them.
const first = createKeyring(['the secret of the first installation'])
const second = createKeyring(['the secret of another installation'])
const password = 'secret-word'
const cleanUps: (() => Promise<void>)[] = []
let superuser: pg.Client
let url: string

beforeAll(async () => {
  const root = await makeDataRoot((cleanUp) => cleanUps.unshift(cleanUp))
  const postgres = await startHere(join(root, 'postgres'), (cleanUp) => cleanUps.unshift(cleanUp))
  url = postgres.url
  superuser = new pg.Client(postgres.connection)
  await superuser.connect()
  cleanUps.unshift(() => superuser.end())
  for (const [login, rights] of [
    ['keeper', 'createrole'],
    ['bare', ''],
    ['guest', 'createrole'],
  ]) {
    await superuser.query(`create role ${login} login ${rights} password '${password}'`)
  }
  for (const [database, owner] of [
    ['one', 'keeper'],
    ['two', 'keeper'],
    ['plain', 'bare'],
  ]) {
    await superuser.query(`create database ${database} owner ${owner}`)
  }
})
afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp()
})

function ownerOf(database: string, user: string, parameters: Record<string, string> = {}): Login {
  const address = new URL(url)
  address.pathname = `/${database}`
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value)
  return { url: loginUrl({ url: address.href, user, password }) }
}
const migrate = (owner: Login, keyring: Keyring = first) =>
  migrateDatabase({ owner, keyring }, createLog('silent'))

async function refusalOf(work: Promise<unknown>, kind: typeof StartRefused | typeof MigrationError) {
  const refusal = await work.catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(kind)
  const message = refusal instanceof Error ? refusal.message : ''
  expect(message.split('\n')).toHaveLength(1)
  expect(message).not.toContain(password)
  return message
}

/** Whether the application of an installation gets into its database. */
async function appLogsIn(database: string, keyring: Keyring): Promise<boolean> {
  const login = appLogin({ owner: ownerOf(database, 'keeper'), keyring })
  const client = new pg.Client({ connectionString: loginUrl(login) })
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end()
  }
}

test('a login that may not create roles, or does not own the database, is told which rights it lacks', async () => {
  const roles = await refusalOf(migrate(ownerOf('plain', 'bare')), StartRefused)
  expect(roles).toMatch(/^The login "bare" may not .*permission denied to create role/)
  expect(roles).toContain('alter role "bare" createrole')
  const database = await refusalOf(migrate(ownerOf('one', 'guest')), StartRefused)
  expect(database).toContain('permission denied for database one')
  expect(database).toContain('alter database "one" owner to "guest"')
})

test('a server without TLS that is asked for it is said in one sentence', async () => {
  const owner = ownerOf('one', 'keeper', { sslmode: 'verify-full' })
  const refusal = await refusalOf(migrate(owner), StartRefused)
  expect(refusal).toContain('does not encrypt connections')
  expect(refusal).toContain('?sslmode=disable')
})

test('a second installation on the same server is refused, and the first one goes on', async () => {
  await migrate(ownerOf('one', 'keeper'))
  expect(await appLogsIn('one', first)).toBe(true)
  for (const attempt of [1, 2]) {
    const refusal = await refusalOf(migrate(ownerOf('two', 'keeper'), second), MigrationError)
    expect(refusal, `attempt ${attempt}`).toMatch(/^Another installation uses this PostgreSQL server: /)
    expect(refusal).toMatch(/Use the HELIOGRAPH_SECRET of that installation .* server of its own/)
    expect(await appLogsIn('one', first)).toBe(true)
  }
  // The same installation's secret, as the message says.
  await migrate(ownerOf('two', 'keeper'))
  expect(await appLogsIn('two', first)).toBe(true)
  expect(await appLogsIn('one', first)).toBe(true)
})

test('the server of an installation that is gone is free once its role may not log in', async () => {
  await superuser.query('create database three owner keeper')
  await refusalOf(migrate(ownerOf('three', 'keeper'), second), MigrationError)
  await superuser.query('alter role heliograph_app nologin')
  await migrate(ownerOf('three', 'keeper'), second)
  expect(await appLogsIn('three', second)).toBe(true)
})
