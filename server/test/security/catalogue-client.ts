/** A world whose catalogue the superuser reads, and breaks for the length of a transaction. */
import pg from 'pg'
import { inject } from 'vitest'
import { createWorld, type World } from '../world.ts'
import type { Check } from './catalogue-checks.ts'

export interface CatalogueClient {
  readonly world: World
  readonly client: pg.Client
  /** Runs the work in a transaction that is taken back. */
  undone<T>(work: () => Promise<T>): Promise<T>
  /** What a check finds once these statements have been run. */
  brokenBy(statements: string, check: Pick<Check, 'findings'>): Promise<string[]>
  close(): Promise<void>
}

export async function openCatalogue(): Promise<CatalogueClient> {
  const world = await createWorld()
  const url = new URL(inject('superuserUrl'))
  url.pathname = new URL(world.owner.url).pathname
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  const undone = async <T>(work: () => Promise<T>): Promise<T> => {
    await client.query('begin')
    try {
      return await work()
    } finally {
      await client.query('rollback')
    }
  }
  return {
    world,
    client,
    undone,
    brokenBy: (statements, check) =>
      undone(async () => {
        await client.query(statements)
        return check.findings(client)
      }),
    async close() {
      await client.end()
      await world.stop()
    },
  }
}
