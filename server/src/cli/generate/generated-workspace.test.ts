import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cast, castOf } from '../../../test/cast.ts'
import { createWorld, type World } from '../../../test/world.ts'
import { appLogin } from '../../engines.ts'
import { loginUrl } from '../../infra/postgres/pool.ts'
import { openAccount } from '../../modules/accounts/index.ts'
import { listAccountsToSync } from '../../modules/ingestion/queries.ts'
import { generate } from './generate.ts'

let world: World
let cast: Cast
let generatedId: string
let app: pg.Client
beforeAll(async () => {
  world = await createWorld()
  cast = await castOf(world)
  const made = await generate(
    { login: appLogin(world), clickhouseUrl: undefined },
    { workspaces: 1, posts: 20, days: 20, seed: 3, until: new Date(Date.now() - 60_000) },
  )
  generatedId = made.workspaces[0]?.id ?? ''
  app = new pg.Client({ connectionString: loginUrl(appLogin(world)) })
  await app.connect()
}, 60_000)
afterAll(async () => {
  await app.end()
  await world.stop()
})

/** Runs as the generator, bound to a workspace, and takes everything back. */
async function asGenerator(workspaceId: string, statement: string, values: unknown[] = []) {
  await app.query('begin')
  try {
    await app.query(
      `select set_config('app.workspace_id', $1, true), set_config('role', 'generator_service', true)`,
      [workspaceId],
    )
    return (await app.query(statement, values)).rows
  } finally {
    await app.query('rollback')
  }
}

test('nothing in a generated workspace is ever found due, even what its rows call due', async () => {
  await world.query(
    `update published_posts set next_sync_at = now() - interval '1 hour' where workspace_id = $1`,
    [generatedId],
  )
  await world.query(
    `update publications set due_at = now() - interval '1 hour', held = false where workspace_id = $1 and status = 'scheduled'`,
    [generatedId],
  )
  const { doors } = world.app.services
  const [accounts, publications, posts, hooks] = await doors.withDispatch(async (tx) => [
    await listAccountsToSync(tx, new Date()),
    await tx.selectFrom('publications').select('id').execute(),
    await tx.selectFrom('published_posts').select('id').execute(),
    await tx.selectFrom('webhook_events').select('id').execute(),
  ])
  expect([accounts, publications, posts, hooks]).toEqual([[], [], [], []])
  // They are there: a job of the workspace sees them.
  const seen = await doors.withWorkspace(generatedId, (tx) =>
    tx.selectFrom('publications').select('id').where('workspace_id', '=', generatedId).execute(),
  )
  expect(seen.length).toBeGreaterThan(5)
})

test('the generator can neither write nor read a workspace of people', async () => {
  const draft = `insert into content (workspace_id, text) values ($1, 'forged')`
  await expect(asGenerator(cast.workspaceId, draft, [cast.workspaceId])).rejects.toThrow('row-level security')
  await expect(asGenerator(generatedId, draft, [cast.workspaceId])).rejects.toThrow('row-level security')
  await expect(
    asGenerator(
      cast.workspaceId,
      `insert into workspace_members (workspace_id, user_id, role) select $1, id, 'owner' from users limit 1`,
      [cast.workspaceId],
    ),
  ).rejects.toThrow('row-level security')
  expect(await asGenerator(cast.workspaceId, 'select from social_accounts')).toEqual([])
  expect(await asGenerator(generatedId, 'select from workspaces')).toHaveLength(1)
})

test('the generator makes nobody up without saying so, and no operator', async () => {
  const person = (columns: string, values: string) =>
    asGenerator(
      generatedId,
      `insert into users (name, email, ${columns}) values ('Eve', 'eve@example.com', ${values})`,
    )
  await expect(person('is_active', 'true')).rejects.toThrow('row-level security')
  await expect(person('generated_at, is_super_admin', 'now(), true')).rejects.toThrow('row-level security')
  await expect(
    asGenerator(
      generatedId,
      `insert into user_credentials (user_id, provider, provider_account_id, password_hash) values ($1, 'x', 'x', 'x')`,
      [cast.alice.userId],
    ),
  ).rejects.toThrow('row-level security')
})

test('a workspace cannot become a generated one, and a generated one stays marked', async () => {
  const mark = 'update workspaces set generated_at = $2 where id = $1'
  await expect(world.query(mark, [cast.workspaceId, new Date()])).rejects.toThrow('marked')
  await expect(world.query(mark, [generatedId, null])).rejects.toThrow('marked')
})

test('its accounts hold nothing that opens a network, and no other can be connected', async () => {
  const [tokens] = await world.query<{ count: string }>(
    `select count(*) from social_accounts
     where access_token_encrypted <> 'generated' or refresh_token_encrypted <> 'generated' or token_expires_at is not null`,
  )
  expect(tokens?.count).toBe('0')
  await expect(
    world.query(`update social_accounts set access_token_encrypted = 'v1.real' where workspace_id = $1`, [
      generatedId,
    ]),
  ).rejects.toThrow('connects no accounts')
})

test('a person who tries to connect an account there is told to make a workspace of their own', async () => {
  await world.query(`insert into workspace_members (workspace_id, user_id, role) values ($1, $2, 'admin')`, [
    generatedId,
    cast.alice.userId,
  ])
  const answer = await cast.alice.request('POST', `/api/v1/workspaces/${generatedId}/accounts`, {
    platform: 'bluesky',
    handle: 'alice.test',
    appPassword: 'abcd-efgh-ijkl-mnop',
    serviceUrl: 'http://127.0.0.1:1',
  })
  expect([answer.status, answer.body.detail]).toEqual([422, expect.stringContaining('workspace of your own')])
})

test('reading the numbers of a generated account, or publishing to it, ends without a call', async () => {
  const [account] = await world.query<{ id: string }>(
    'select id from social_accounts where workspace_id = $1 limit 1',
    [generatedId],
  )
  const { services } = world.app
  const calls: unknown[] = []
  const fetch: typeof services.fetch = async (...call) => {
    calls.push(call)
    throw new Error('the network was called')
  }
  const ref = { workspaceId: generatedId, accountId: account?.id ?? '' }
  await expect(openAccount({ ...services, fetch }, ref)).rejects.toMatchObject({ code: 'auth_expired' })
  expect(calls).toEqual([])
})

test('the API says of a workspace whether it is generated', async () => {
  await world.query(`insert into workspace_members (workspace_id, user_id, role) values ($1, $2, 'viewer')`, [
    generatedId,
    cast.vera.userId,
  ])
  const { body } = await cast.vera.request('GET', '/api/v1/workspaces')
  const marks = body.items.map(({ id, isGenerated }: { id: string; isGenerated: boolean }) => [
    id,
    isGenerated,
  ])
  expect(new Map(marks)).toEqual(
    new Map([
      [cast.workspaceId, false],
      [generatedId, true],
    ]),
  )
})
