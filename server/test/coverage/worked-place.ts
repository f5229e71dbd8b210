/** A workspace in which a view or a sum is worked out by hand: nothing is in it but what the case puts there. */
import { randomUUID } from 'node:crypto'
import { seedMember, seedPerson } from '../security/matrix-rows.ts'
import type { World } from '../world.ts'

export type Row = Readonly<Record<string, unknown>>

export interface Place {
  readonly id: string
  /** The first is on Bluesky, the second on Mastodon. */
  readonly accounts: readonly [string, string]
  /** On the clock of the workspace, as 2026-11-21. */
  readonly today: string
  insert(table: string, rows: readonly Row[]): Promise<void>
  post(published?: Row): Promise<string>
  member(name: string, joined?: string): Promise<string>
  leave(person: string): Promise<void>
  /** All columns of the rows of this workspace but its own id, counts as numbers and instants as in ISO 8601. */
  rows(relation: string, order: string): Promise<Row[]>
}

/** Half a day ahead of UTC: a date that is cut by another clock is another date. */
export const zone = 'Pacific/Auckland'
/** An instant by the clock of the workspace, as PostgreSQL reads it. */
export const at = (date: string, time = '00:00') => `${date} ${time} ${zone}`

const dayMs = 86_400_000
export const daysAfter = (date: string, days: number) =>
  new Date(Date.parse(date) + days * dayMs).toISOString().slice(0, 10)
export const daysBefore = (date: string, days: number) => daysAfter(date, -days)
export const mondayOf = (date: string) => daysBefore(date, (new Date(date).getUTCDay() + 6) % 7)

export async function workedPlace(world: World): Promise<Place> {
  const id = randomUUID()
  const accounts = [randomUUID(), randomUUID()] as const
  const insert = async (table: string, rows: readonly Row[]) => {
    for (const row of rows) {
      const columns = Object.keys(row)
      await world.query(
        `insert into ${table} (workspace_id, ${columns}) values ($1, ${columns.map((_, index) => `$${index + 2}`)})`,
        [id, ...columns.map((column) => row[column])],
      )
    }
  }
  await world.query(
    'insert into workspaces (id, name, slug, time_zone) values ($1::uuid, $2, $1::text, $3)',
    [id, 'Worked out', zone],
  )
  for (const [index, platform] of ['bluesky', 'mastodon'].entries()) {
    await insert('social_accounts', [
      {
        id: accounts[index],
        platform,
        platform_account_id: platform,
        username: platform,
        service_url: 'https://a.example',
        access_token_encrypted: 'x',
        refresh_token_encrypted: 'y',
      },
    ])
  }
  const [now] = await world.query<{ today: string }>(
    `select (now() at time zone '${zone}')::date::text as today`,
  )
  return {
    id,
    accounts,
    today: now?.today ?? '',
    insert,
    async post(published = {}) {
      const row = {
        id: randomUUID(),
        social_account_id: accounts[0],
        platform: 'bluesky',
        permalink: '',
        text: '',
        published_at: new Date(),
        ...published,
      }
      await insert('published_posts', [{ ...row, platform_post_id: row.id }])
      return row.id
    },
    async member(name, joined) {
      const person = await seedPerson(world, name)
      await seedMember(world, id, person, 'editor')
      if (joined)
        await world.query('update workspace_members set created_at = $1 where user_id = $2', [joined, person])
      return person
    },
    async leave(person) {
      await world.query('delete from workspace_members where user_id = $1', [person])
    },
    async rows(relation, order) {
      const found = await world.query<{ row: Row }>(
        `select to_jsonb(r) - 'workspace_id' as row from ${relation} r where workspace_id = $1 order by ${order}`,
        [id],
      )
      return found.map(({ row }) =>
        Object.fromEntries(Object.entries(row).map(([column, value]) => [column, instantOr(value)])),
      )
    },
  }
}

const instantOr = (value: unknown) =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? new Date(value).toISOString() : value

/** A case of a view: what is there, and the rows that it makes of it, reckoned by hand. */
export interface Worked {
  readonly view: string
  readonly guarantee: string
  readonly order: string
  /** Puts there what the view is made of, and gives the rows to be seen. */
  readonly work: (place: Place) => Promise<readonly Row[]>
}
