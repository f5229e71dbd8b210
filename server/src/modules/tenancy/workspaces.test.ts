import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cast, castOf, signUp } from '../../../test/cast.ts'
import { createWorld, type World } from '../../../test/world.ts'

let world: World
let cast: Cast
let path: string
beforeAll(async () => {
  world = await createWorld()
  cast = await castOf(world)
  path = `/api/v1/workspaces/${cast.workspaceId}`
})
afterAll(() => world.stop())

test('whoever makes a workspace owns it and is alone in it', async () => {
  const ada = await signUp(world, 'Ada')
  const made = await ada.request('POST', '/api/v1/workspaces', {
    name: ' Café Ünïon ',
    timeZone: 'Asia/Tokyo',
  })
  expect(made).toMatchObject({
    status: 201,
    body: { name: 'Café Ünïon', timeZone: 'Asia/Tokyo', role: 'owner' },
  })
  expect(made.body.slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  const { body } = await ada.request('GET', '/api/v1/workspaces')
  expect(body.items).toEqual([made.body])
  const members = await ada.request('GET', `/api/v1/workspaces/${made.body.id}/members`)
  expect(members.body.items).toMatchObject([{ userId: ada.userId, role: 'owner' }])
})

test('two workspaces of the same name, and one without a Latin letter in it, can be told apart', async () => {
  const make = async (name: string) =>
    (await cast.alice.request('POST', '/api/v1/workspaces', { name, timeZone: 'UTC' })).body.slug
  const slugs = [await make('Twins'), await make('Twins'), await make('東京'), await make('---')]
  expect(new Set(slugs).size).toBe(4)
  for (const slug of slugs) expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
})

test('everybody sees their own workspaces and no others', async () => {
  const idsFor = async (person: typeof cast.alice) =>
    (await person.request('GET', '/api/v1/workspaces')).body.items.map(({ id }: { id: string }) => id)
  expect(await idsFor(cast.vera)).toEqual([cast.workspaceId])
  expect(await idsFor(cast.charlie)).toEqual([cast.otherWorkspaceId])
  expect((await cast.nobody.request('GET', '/api/v1/workspaces')).status).toBe(401)
})

test('a name and a time zone are changed one by one or together', async () => {
  expect(await cast.alice.request('PATCH', path, { name: 'Beacon' })).toMatchObject({
    status: 200,
    body: { name: 'Beacon', timeZone: 'Europe/Berlin' },
  })
  expect(await cast.alice.request('PATCH', path, { timeZone: 'America/New_York' })).toMatchObject({
    status: 200,
    body: { name: 'Beacon', timeZone: 'America/New_York' },
  })
  expect(await cast.alice.request('PATCH', path, {})).toMatchObject({ status: 200, body: { name: 'Beacon' } })
})

test('a time zone that does not exist is refused with the remedy, at making and at changing', async () => {
  for (const answer of [
    await cast.alice.request('PATCH', path, { timeZone: 'Berlin' }),
    await cast.alice.request('POST', '/api/v1/workspaces', { name: 'N', timeZone: 'UTC+99' }),
  ]) {
    expect(answer.status).toBe(422)
    expect(answer.body.errors).toEqual([
      { field: 'timeZone', message: 'is no IANA time zone: use one like Europe/Berlin' },
    ])
  }
})

test('an empty and an endless name are refused beside their field', async () => {
  for (const name of ['  ', 'x'.repeat(121)]) {
    for (const answer of [
      await cast.alice.request('PATCH', path, { name }),
      await cast.alice.request('POST', '/api/v1/workspaces', { name, timeZone: 'UTC' }),
    ]) {
      expect(answer.status).toBe(422)
      expect(answer.body.errors.map(({ field }: { field: string }) => field)).toEqual(['name'])
    }
  }
})

test('only an admin renames: 401 without a session, 403 for a viewer and an editor, 404 for a stranger', async () => {
  const before = await cast.alice.request('GET', '/api/v1/workspaces')
  const rename = { name: 'Mine now' }
  expect((await cast.nobody.request('PATCH', path, rename)).status).toBe(401)
  expect((await cast.vera.request('PATCH', path, rename)).status).toBe(403)
  expect((await cast.bob.request('PATCH', path, rename)).status).toBe(403)
  expect((await cast.charlie.request('PATCH', path, rename)).status).toBe(404)
  expect(
    (await cast.nobody.request('POST', '/api/v1/workspaces', { name: 'N', timeZone: 'UTC' })).status,
  ).toBe(401)
  expect((await cast.alice.request('GET', '/api/v1/workspaces')).body).toEqual(before.body)
})

test('a stranger gets the same answer for a workspace that exists, one that does not, and a malformed id', async () => {
  const answerFor = async (id: string) => {
    const { status, body } = await cast.charlie.request('GET', `/api/v1/workspaces/${id}/members`)
    return { status, body }
  }
  const existing = await answerFor(cast.workspaceId)
  expect(existing.status).toBe(404)
  expect(await answerFor('00000000-0000-7000-8000-000000000000')).toEqual(existing)
})
