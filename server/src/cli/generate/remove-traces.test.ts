import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cast, castOf } from '../../../test/cast.ts'
import { createWorld, type World } from '../../../test/world.ts'
import { generateMore } from '../../../test/world-of-people.ts'
import { appLogin } from '../../engines.ts'
import { removeGenerated } from './remove.ts'

let world: World
let cast: Cast
beforeAll(async () => {
  world = await createWorld()
  cast = await castOf(world)
})
afterAll(() => world.stop())

test('a generated person of whom the audit log of a workspace of people tells stays, and goes once that workspace is gone', async () => {
  const target = { login: appLogin(world), clickhouseUrl: world.clickhouseUrl }
  const [made] = (await generateMore(target, { workspaces: 2, posts: 4, days: 3 })).workspaces
  const people = await world.query<{ id: string }>(
    'select id from users where generated_at is not null order by id',
  )
  const [trace, visitor] = people.filter(({ id }) => id !== made?.ownerId)
  const tell = (workspaceId: string | undefined, userId: string | undefined) =>
    world.query(
      `insert into audit_log (workspace_id, table_name, row_id, operation, user_id, acted_as)
       values ($1, 'public.content', '1', 'delete', $2, 'authenticated')`,
      [workspaceId, userId],
    )
  await tell(cast.workspaceId, trace?.id)
  // What somebody did in a generated workspace goes with it.
  await tell(made?.id, visitor?.id)

  expect(await removeGenerated(target)).toMatchObject({
    workspaces: 2,
    people: people.length - 1,
    peopleWhoStay: 1,
  })
  const left = await world.query<{ id: string }>('select id from users where generated_at is not null')
  expect(left).toEqual([{ id: trace?.id }])

  await world.query('delete from workspaces where id = $1', [cast.workspaceId])
  expect(await removeGenerated(target)).toMatchObject({ people: 1, peopleWhoStay: 0 })
})
