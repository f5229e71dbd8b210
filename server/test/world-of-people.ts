/** For tests: a workspace of people with rows in every table of both engines, beside which something is generated. */
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import { type GenerateInput, generate } from '../src/cli/generate/generate.ts'
import type { GenerateTarget } from '../src/cli/generate/open-engines.ts'
import { appLogin } from '../src/engines.ts'
import { createFolderStorage } from '../src/infra/storage/storage.ts'
import { type Cast, castOf } from './cast.ts'
import { createWorld, type World } from './world.ts'

export interface WorldOfPeople {
  readonly world: World
  readonly cast: Cast
  readonly target: GenerateTarget
  /** The workspace that has a row in every table. */
  readonly fullId: string
}

/** Of yesterday: what is older leaves ClickHouse by itself. */
const until = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 86_400_000)
export const sizes = { posts: 40, days: 40, until }

export async function createWorldOfPeople(): Promise<WorldOfPeople> {
  const world = await createWorld()
  const cast = await castOf(world)
  const target = {
    login: appLogin(world),
    clickhouseUrl: world.clickhouseUrl,
    storage: createFolderStorage(join(world.dataDirectory, 'media')),
  }
  const { workspaces } = await generate(target, { ...sizes, workspaces: 1, seed: 21 })
  await unmark(world)
  return { world, cast, target, fullId: workspaces[0]?.id ?? '' }
}

/** Everything that is generated so far becomes a workspace of people. Without triggers, which keep the mark for good. */
const unmark = (world: World) =>
  world.query(`
    set session_replication_role = replica;
    update workspaces set generated_at = null;
    update users set generated_at = null;
    set session_replication_role = origin`)

export const generateMore = (target: GenerateTarget, input: Partial<GenerateInput> = {}) =>
  generate(target, { ...sizes, workspaces: 2, seed: 22, ...input })

/** In a transaction that is taken back. */
export async function tried<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('begin')
    return await work(client)
  } finally {
    await client.end()
  }
}

export function triedAsSuperuser<T>(world: World, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const url = new URL(inject('superuserUrl'))
  url.pathname = new URL(world.owner.url).pathname
  return tried(url.href, work)
}
