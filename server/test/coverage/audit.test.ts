import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Matrix, openMatrix } from '../security/matrix-visits.ts'

let matrix: Matrix
beforeAll(async () => {
  matrix = await openMatrix()
})
afterAll(() => matrix.close())

interface AuditLine {
  readonly operation: string
  readonly old_values: Record<string, unknown> | null
  readonly new_values: Record<string, unknown> | null
  readonly user_id: string | null
  readonly acted_as: string
}

const linesOf = (table: string, rowId: string) =>
  matrix.world.query<AuditLine>(
    `select operation, old_values, new_values, user_id, acted_as from audit_log
     where table_name = $1 and row_id = $2 order by occurred_at, id`,
    [table, rowId],
  )
const doors = () => matrix.world.app.services.doors

test('a change says who made it, what was and what is, and no secret', async () => {
  const { mine } = matrix
  const before = (await linesOf('public.social_accounts', mine.accountId)).length
  await doors().withActor({ userId: mine.people.manager }, mine.id, (tx) =>
    sql`update social_accounts set display_name = 'Lighthouse', access_token_encrypted = 'sealed-again'
      where workspace_id = ${mine.id} and id = ${mine.accountId}`.execute(tx),
  )
  const lines = (await linesOf('public.social_accounts', mine.accountId)).slice(before)
  expect(lines).toEqual([
    {
      operation: 'update',
      old_values: { display_name: null, access_token_encrypted: '(secret)' },
      new_values: { display_name: 'Lighthouse', access_token_encrypted: '(secret)' },
      user_id: mine.people.manager,
      acted_as: 'authenticated',
    },
  ])
})

test('what a sync writes again and again makes no line', async () => {
  const { mine } = matrix
  const before = await linesOf('public.social_accounts', mine.accountId)
  await doors().withWorkspace(mine.id, (tx) =>
    sql`update social_accounts set followers_count = 12, last_synced_at = now()
      where workspace_id = ${mine.id} and id = ${mine.accountId}`.execute(tx),
  )
  expect(await linesOf('public.social_accounts', mine.accountId)).toEqual(before)
})

test('no line of any table holds a secret that a row held', async () => {
  const hash = `\\x${'ab'.repeat(32)}`
  const { mine } = matrix
  await matrix.world.query(
    `insert into user_credentials (user_id, provider, provider_account_id, password_hash)
     values ($1, 'credential', $2, '$argon2id$very-secret')`,
    [mine.people.owner, mine.people.owner],
  )
  await matrix.world.query(
    `insert into api_keys (workspace_id, name, shown_prefix, secret_hash, scopes, created_by)
     values ($1, 'k', 'hg_12345', $2, '{content:read}', $3)`,
    [mine.id, hash, mine.people.owner],
  )
  const [{ lines, leaks } = { lines: 0, leaks: 1 }] = await matrix.world.query<{
    lines: number
    leaks: number
  }>(
    `select count(*)::int as lines,
       count(*) filter (where concat(old_values, new_values) ~ 'very-secret|abababab')::int as leaks
     from audit_log where table_name in ('public.user_credentials', 'public.api_keys')`,
  )
  expect(lines).toBeGreaterThan(0)
  expect(leaks).toBe(0)
})

test('a line says what was written, and not the words that are derived from it', async () => {
  const { mine } = matrix
  const [line] = await linesOf('public.content', mine.draftId)
  expect(line?.new_values).toMatchObject({ text: 'a draft of mine', status: 'draft' })
  expect(Object.keys(line?.new_values ?? {})).not.toContain('search')
})

test('deleting a workspace leaves the lines that speak of it', async () => {
  const id = '00000000-0000-7000-8000-00000000dead'
  await matrix.world.query(
    `insert into workspaces (id, name, slug, time_zone) values ($1, 'gone', 'gone', 'UTC')`,
    [id],
  )
  await matrix.world.query(`insert into campaigns (workspace_id, name) values ($1, 'also gone')`, [id])
  await matrix.world.query('delete from workspaces where id = $1', [id])
  const lines = await matrix.world.query<{ said: string }>(
    `select table_name || ' ' || operation as said from audit_log where workspace_id = $1 order by 1`,
    [id],
  )
  expect(lines.map(({ said }) => said)).toEqual([
    'public.campaigns delete',
    'public.campaigns insert',
    'public.workspaces delete',
    'public.workspaces insert',
  ])
})
