import type pg from 'pg'
import { asRole, enter, inTransaction } from './database-roles.ts'

export interface GeneratedHolding {
  readonly id: string
  readonly name: string
  readonly posts: number
  readonly snapshots: number
}

export interface GeneratedHoldings {
  readonly workspaces: readonly GeneratedHolding[]
  /** Generated people to whom no workspace refers: those of the workspaces above are not among them. */
  readonly people: number
}

/** Everything here that the generator made. */
export async function listGenerated(client: pg.ClientBase): Promise<GeneratedHoldings> {
  const marked = await asRole<{ id: string; name: string }>(
    client,
    'dispatch_service',
    'select id, name from workspaces where generated_at is not null order by name, id',
  )
  const workspaces: GeneratedHolding[] = []
  for (const workspace of marked) workspaces.push({ ...workspace, ...(await count(client, workspace.id)) })
  const [left] = await asRole<{ people: number }>(
    client,
    'generator_service',
    'select cardinality(app.generated_people_left()) as people',
  )
  return { workspaces, people: left?.people ?? 0 }
}

/** The generator sees the rows of the one workspace to which it is bound. */
const count = (client: pg.ClientBase, workspaceId: string) =>
  inTransaction(client, async () => {
    await enter(client, 'generator_service', workspaceId)
    const { rows } = await client.query<{ posts: string; snapshots: string }>(
      `select (select count(*) from published_posts where workspace_id = $1) as posts,
         (select count(*) from post_snapshots where workspace_id = $1) as snapshots`,
      [workspaceId],
    )
    return { posts: Number(rows[0]?.posts ?? 0), snapshots: Number(rows[0]?.snapshots ?? 0) }
  })

/** Generated people who are there, whatever holds them. */
export async function countGeneratedPeople(client: pg.ClientBase): Promise<number> {
  const [row] = await asRole<{ people: string }>(
    client,
    'generator_service',
    'select count(*) as people from users where generated_at is not null',
  )
  return Number(row?.people ?? 0)
}
