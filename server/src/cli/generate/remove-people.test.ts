import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  createWorldOfPeople,
  generateMore,
  triedAsSuperuser,
  type WorldOfPeople,
} from '../../../test/world-of-people.ts'
import { enter } from './database-roles.ts'
import { generatePlanned, planInput } from './generate.ts'
import { planWorkspace } from './plan.ts'
import { removeGenerated } from './remove.ts'

let place: WorldOfPeople
let people: Person[]
beforeAll(async () => {
  place = await createWorldOfPeople()
}, 120_000)
afterAll(() => place.world.stop())
beforeEach(async () => {
  await generateMore(place.target, { workspaces: 1, posts: 5, days: 10 })
  people = await listGeneratedPeople()
})

interface Person {
  readonly id: string
  readonly email: string
}
const listGeneratedPeople = () =>
  place.world.query<Person>('select id, email from users where generated_at is not null order by id')

const join = (workspaceId: string, userId: string) =>
  place.world.query(`insert into workspace_members (workspace_id, user_id, role) values ($1, $2, 'editor')`, [
    workspaceId,
    userId,
  ])
const leave = (workspaceId: string, userId: string) =>
  place.world.query('delete from workspace_members where workspace_id = $1 and user_id = $2', [
    workspaceId,
    userId,
  ])

test('a generated person whom a workspace of people knows stays, and goes once it does not', async () => {
  const { world, cast, target } = place
  const [member, invited, author, operator] = people
  if (!member || !invited || !author || !operator) throw new Error('too few people')
  await join(cast.workspaceId, member.id)
  const path = `/api/v1/workspaces/${cast.workspaceId}/invitations`
  const invitation = await cast.alice.request('POST', path, { email: invited.email, role: 'viewer' })
  expect(invitation.status).toBe(201)
  await join(cast.workspaceId, author.id)
  const contentId = randomUUID()
  await world.query('insert into content (workspace_id, id, text, created_by) values ($1, $2, $3, $4)', [
    cast.workspaceId,
    contentId,
    'written by somebody who has left',
    author.id,
  ])
  await leave(cast.workspaceId, author.id)
  await world.query('update users set is_super_admin = true where id = $1', [operator.id])

  expect(await removeGenerated(target)).toMatchObject({ workspaces: 1, people: 4, peopleWhoStay: 4 })
  expect((await listGeneratedPeople()).map(({ id }) => id)).toEqual(people.slice(0, 4).map(({ id }) => id))
  const [content] = await world.query('select created_by from content where id = $1', [contentId])
  expect(content).toEqual({ created_by: author.id })
  const [credentials] = await world.query<{ count: string }>(
    'select count(*) from user_credentials where user_id = $1',
    [member.id],
  )
  expect(credentials?.count).toBe('1')

  await leave(cast.workspaceId, member.id)
  await cast.alice.request('DELETE', `${path}/${invitation.body.id}`)
  await world.query('delete from content where id = $1', [contentId])
  await world.query('update users set is_super_admin = false where id = $1', [operator.id])
  expect(await removeGenerated(target)).toMatchObject({ workspaces: 0, people: 4, peopleWhoStay: 0 })
  expect(await listGeneratedPeople()).toEqual([])
})

test('every row of a workspace of people that names a generated person keeps the person', async () => {
  const { world, fullId } = place
  const [person] = await world.query<{ id: string }>(
    `insert into users (name, email, generated_at) values ('Ada', 'ada@heliograph.example', now()) returning id`,
  )
  const references = await world.query<{ table: string; column: string }>(
    `select k.conrelid::regclass::text as table, a.attname as column from pg_constraint k
     join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
     where k.contype = 'f' and k.confrelid = 'users'::regclass and k.conparentid = 0
       and k.conrelid::regclass::text not in ('user_credentials', 'user_sessions', 'user_profiles', 'app.maintenance_runs')`,
  )
  expect(references.length).toBeGreaterThan(15)
  const isLeft = (name?: { table: string; column: string }) =>
    triedAsSuperuser(place.world, async (client) => {
      if (name) {
        // Triggers and keys stay out of it: it is about who reads what.
        await client.query(`set local session_replication_role = replica`)
        const { rowCount } = await client.query(
          `update ${name.table} set ${name.column} = $1 where (tableoid, ctid) = (
             select tableoid, ctid from ${name.table} where workspace_id = $2 limit 1)`,
          [person?.id, fullId],
        )
        expect([name, rowCount]).toEqual([name, 1])
      }
      await enter(client, 'generator_service', fullId)
      const { rows } = await client.query('select $1 = any (app.generated_people_left()) as left', [
        person?.id,
      ])
      return rows[0].left
    })
  expect(await isLeft()).toBe(true)
  for (const name of references) expect([name, await isLeft(name)]).toEqual([name, false])
  await removeGenerated(place.target)
})

test('a workspace that is made again takes in the people who stayed', async () => {
  const { cast, target } = place
  const owner = people[0]?.id ?? ''
  await join(cast.workspaceId, owner)
  await removeGenerated(target)
  const until = new Date(Date.now() - 3_600_000)
  const input = { workspaces: 1, posts: 5, days: 12, seed: 22, until }
  const plan = planWorkspace(planInput(input, 0))
  const made = await generatePlanned(target, [() => plan], {})
  expect(made.workspaces).toHaveLength(1)
  const again = await listGeneratedPeople()
  expect(again).toHaveLength(8)
  expect(again.map(({ id }) => id)).toContain(owner)
  const email = people.find(({ id }) => id === owner)?.email
  expect(plan.people.find((person) => person.email === email)?.id).not.toBe(owner)
  const memberships = await place.world.query('select from workspace_members where user_id = $1', [owner])
  expect(memberships).toHaveLength(2)
  await leave(cast.workspaceId, owner)
  expect(await removeGenerated(target)).toMatchObject({ people: 8, peopleWhoStay: 0 })
})

test('who is being taken into a workspace of people when the removal begins stays', async () => {
  const { world, cast, target } = place
  const userId = people[1]?.id ?? ''
  const removal = await triedAsSuperuser(world, async (client) => {
    await client.query(
      `insert into workspace_members (workspace_id, user_id, role) values ($1, $2, 'editor')`,
      [cast.workspaceId, userId],
    )
    const running = removeGenerated(target)
    await expect
      .poll(
        () =>
          world.query(
            `select from pg_stat_activity where datname = current_database()
               and application_name = 'heliograph generate' and wait_event_type = 'Lock'`,
          ),
        { timeout: 20_000 },
      )
      .toHaveLength(1)
    await client.query('commit')
    return running
  })
  expect(removal).toMatchObject({ workspaces: 1, people: 7, peopleWhoStay: 1 })
  expect((await listGeneratedPeople()).map(({ id }) => id)).toEqual([userId])
  await leave(cast.workspaceId, userId)
  await removeGenerated(target)
})

test('nobody is taken into a workspace who is about to be gone', async () => {
  const { world, cast, target } = place
  const userId = people[1]?.id ?? ''
  let joined: Promise<unknown> | undefined
  const removal = await removeGenerated(target, {
    onProgress: ({ phase }) => {
      // The people are gone by then, in a transaction that has not ended: whoever names one waits for its end.
      if (phase === 'their facts')
        joined = join(cast.workspaceId, userId).catch((error: Error) => error.message)
    },
  })
  expect(removal).toMatchObject({ people: 8, peopleWhoStay: 0 })
  expect(await joined).toMatch('foreign key')
  expect(await world.query('select from workspace_members where user_id = $1', [userId])).toEqual([])
})
