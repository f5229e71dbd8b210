import { afterAll, beforeAll, expect, test } from 'vitest'
import { SealBroken } from '../../src/infra/crypto/keyring.ts'
import { signUp } from '../cast.ts'
import { createWorld, type World } from '../world.ts'

let world: World
let userId: string
let otherId: string
beforeAll(async () => {
  world = await createWorld()
  userId = (await signUp(world, 'Ada')).userId
  otherId = (await signUp(world, 'Ben')).userId
  for (const id of [userId, otherId])
    await world.query('insert into user_profiles (user_id) values ($1)', [id])
})
afterAll(() => world?.stop())

const placeOf = (id: string) => `user_profiles/${id}/behavioral_data`
const keep = (id: string, value: string | null) =>
  world.query('update user_profiles set behavioral_data_encrypted = $2 where user_id = $1', [id, value])

test('what was observed of a person is kept sealed, and opens at its place alone', async () => {
  const { keyring } = world
  const observed = JSON.stringify({ reads: ['techno'], at: '22:00' })
  await keep(userId, keyring.seal(observed, placeOf(userId)))
  const [row] = await world.query<{ envelope: string }>(
    'select behavioral_data_encrypted as envelope from user_profiles where user_id = $1',
    [userId],
  )
  const envelope = row?.envelope ?? ''
  expect(envelope).not.toContain('techno')
  expect(keyring.open(envelope, placeOf(userId))).toBe(observed)
  await keep(otherId, envelope)
  expect(() => keyring.open(envelope, placeOf(otherId))).toThrow(SealBroken)
})

test.each([
  ['plain JSON', '{"reads": ["techno"]}'],
  ['nothing', ''],
  ['a cut-off envelope', 'v1.0123abcd.AAAAAAAAAAAAAAAA.'],
])('%s is refused where something sealed belongs', async (_, value) => {
  await expect(keep(userId, value)).rejects.toMatchObject({ code: '23514' })
})
