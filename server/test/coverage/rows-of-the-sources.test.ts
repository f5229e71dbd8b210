/** Rows that a source document allows are taken; what none of them means is refused by name. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../world.ts'

let world: World
let workspaceId: string
beforeAll(async () => {
  world = await createWorld()
  const [row] = await world.query<{ id: string }>(
    `insert into workspaces (name, slug, time_zone) values ($1, 'allowed', 'UTC') returning id`,
    ['n'.repeat(255)],
  )
  workspaceId = row?.id ?? ''
})
afterAll(() => world?.stop())

const store = (mimeType: string, widthPx: number | null, heightPx: number | null) =>
  world.query(
    `insert into media (workspace_id, storage_key, mime_type, size_bytes, width_px, height_px)
     values ($1, app.uuid_v7()::text, $2, 9, $3, $4) returning media_type`,
    [workspaceId, mimeType, widthPx, heightPx],
  )

test.each([
  ['audio/mpeg', 'audio'],
  ['application/pdf', 'document'],
  ['video/mp4', 'video'],
])('%s without a size in pixels is stored as %s', async (mimeType, type) => {
  expect(await store(mimeType, null, null)).toEqual([{ media_type: type }])
})

test.each([
  ['an image without a size', 'image/png', null, null],
  ['half a size', 'video/mp4', 640, null],
  ['a size of nothing', 'video/mp4', 0, 0],
])('media with %s is refused', async (_what, mimeType, widthPx, heightPx) => {
  await expect(store(mimeType, widthPx, heightPx)).rejects.toThrow(/media_\w*check/)
})

const connect = (platform: string, access: string | null, refresh: string | null) =>
  world.query(
    `insert into social_accounts (workspace_id, platform, platform_account_id, username, service_url, status,
       access_token_encrypted, refresh_token_encrypted)
     values ($1, $2, app.uuid_v7()::text, 'a', 'https://a.example', 'active', $3, $4) returning status`,
    [workspaceId, platform, access, refresh],
  )

test('an account of a network that gives no refresh token is active with an access token alone', async () => {
  expect(await connect('mastodon', 'sealed', null)).toEqual([{ status: 'active' }])
})

test.each([
  ['mastodon', null, 'sealed'],
  ['mastodon', '', null],
  ['bluesky', 'sealed', null],
  ['bluesky', 'sealed', ''],
])('an account of %s with the tokens %j and %j cannot be active', async (platform, access, refresh) => {
  await expect(connect(platform, access, refresh)).rejects.toThrow(/social_accounts_\w*check/)
})

test('a name of 255 characters is taken for a workspace and a person, and a longer one is not', async () => {
  const join = (name: string) =>
    world.query(`insert into users (name, email) values ($1, 'long@example.com') returning length(name)`, [
      name,
    ])
  expect(await join('n'.repeat(255))).toEqual([{ length: 255 }])
  await expect(join('n'.repeat(256))).rejects.toThrow(/users_name_check/)
})
