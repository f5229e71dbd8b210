import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Cast, castOf } from '../../../test/cast.ts'
import { createWorld, type World } from '../../../test/world.ts'
import { generateMore, triedAsSuperuser } from '../../../test/world-of-people.ts'
import { appLogin } from '../../engines.ts'
import { generatePlanned, planInput } from './generate.ts'
import type { GenerateTarget } from './open-engines.ts'
import { planWorkspace } from './plan.ts'
import { removeGenerated } from './remove.ts'

let place: { readonly world: World; readonly cast: Cast; readonly target: GenerateTarget }
let people: Person[]
beforeAll(async () => {
  const world = await createWorld()
  const target = { login: appLogin(world), clickhouseUrl: world.clickhouseUrl }
  place = { world, cast: await castOf(world), target }
}, 120_000)
afterAll(() => place.world.stop())
beforeEach(async () => {
  await generateMore(place.target, { workspaces: 1, posts: 2, days: 3 })
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

test('a workspace that is made again takes in the people who stayed', async () => {
  const { cast, target } = place
  const owner = people[0]?.id ?? ''
  await join(cast.workspaceId, owner)
  await removeGenerated(target)
  const until = new Date(Date.now() - 3_600_000)
  const input = { workspaces: 1, posts: 2, days: 4, seed: 22, until }
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
