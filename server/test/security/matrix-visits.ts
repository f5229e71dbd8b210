/** The two workspaces of the matrix, and everybody who comes to them through every door. */
import { randomUUID } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import pg from 'pg'
import { inject } from 'vitest'
import { appLogin } from '../../src/engines.ts'
import { createLog } from '../../src/infra/log.ts'
import { type SensitiveTable, sensitiveTables, type Tx } from '../../src/infra/postgres/doors.ts'
import { createKysely, createPool } from '../../src/infra/postgres/pool.ts'
import type { DB } from '../../src/infra/postgres/schema.generated.ts'
import { createWorld, type World } from '../world.ts'
import { seedKeys } from './matrix-key-visits.ts'
import {
  type MemberRole,
  type SeededWorkspace,
  seedMember,
  seedPerson,
  seedWorkspace,
} from './matrix-rows.ts'
import type { Scope } from './matrix-scopes.ts'
import { type Asker, askers } from './policy-table.ts'

export interface Matrix {
  readonly world: World
  readonly mine: SeededWorkspace
  readonly theirs: SeededWorkspace
  readonly memberless: string
  readonly memberOfBoth: string
  /** Operates the installation and is in no workspace. */
  readonly superAdmin: string
  /** The login of the application, with no door between it and the tables. */
  readonly withoutDoor: Kysely<DB>
  /** May take on any role and mend any policy, in a transaction that is taken back. */
  readonly superuser: Kysely<DB>
  /** The same on one plain connection, which tells how many rows COPY wrote. */
  readonly copying: pg.Client
  close(): Promise<void>
}

export async function openMatrix(): Promise<Matrix> {
  const world = await createWorld()
  const mine = await seedWorkspace(world, 'mine')
  const theirs = await seedWorkspace(world, 'theirs')
  const memberless = await seedPerson(world, 'memberless')
  const memberOfBoth = await seedPerson(world, 'both')
  for (const { id } of [mine, theirs]) await seedMember(world, id, memberOfBoth, 'owner')
  const superAdmin = await seedPerson(world, 'operator')
  // For the viewer, too, it changes nothing in the workspace.
  await world.query(`update users set is_super_admin = true where id in ($1, $2)`, [
    superAdmin,
    mine.people.viewer,
  ])
  const log = createLog('silent')
  const withoutDoor = createKysely(createPool(appLogin(world), { name: 'no door', max: 1, log }))
  const url = superuserUrlOf(world)
  const superuser = createKysely(createPool({ url }, { name: 'superuser', max: 1, log }))
  const copying = new pg.Client({ connectionString: url })
  await copying.connect()
  // The role of PostgREST and Supabase for whoever is not signed in; all of its rights would be granted by mistake.
  await copying.query(
    'do $$ begin create role anon nologin; exception when duplicate_object or unique_violation then null; end $$',
  )
  const matrix: Matrix = {
    world,
    mine,
    theirs,
    memberless,
    memberOfBoth,
    superAdmin,
    withoutDoor,
    superuser,
    copying,
    async close() {
      await withoutDoor.destroy()
      await superuser.destroy()
      await copying.end()
      await world.stop()
    },
  }
  await seedKeys(matrix)
  return matrix
}

function superuserUrlOf(world: World): string {
  const url = new URL(inject('superuserUrl'))
  url.pathname = new URL(world.owner.url).pathname
  return url.href
}

/** Who comes, how, and as whom the policy table knows them in each workspace; unnamed: nothing is allowed. */
export interface Visit {
  readonly name: string
  readonly userId: (matrix: Matrix) => string | undefined
  /** The door of a person or key tells that everything sensitive is read, if `reads` does not say less. */
  readonly enter: (
    matrix: Matrix,
    work: (tx: Tx) => Promise<void>,
    reads?: readonly SensitiveTable[],
  ) => Promise<void>
  readonly mine?: Asker
  readonly theirs?: Asker
  /** The scopes of the API key by which they come; undefined for a person. */
  readonly scopes?: readonly Scope[]
}

export const memberRoles = askers.slice(0, 7) as MemberRole[]
const doors = ({ world }: Matrix) => world.app.services.doors
const actorVisit = (
  name: string,
  userId: (matrix: Matrix) => string,
  workspace: (matrix: Matrix) => string | null,
  as: { mine?: Asker; theirs?: Asker },
): Visit => ({
  name,
  userId,
  enter: (m, work, reads = sensitiveTables) =>
    doors(m).withActor({ userId: userId(m) }, workspace(m), work, { reads }),
  ...as,
})
/** Without a door: takes on a role by itself, or none. */
const visitAs = (
  name: string,
  database: (matrix: Matrix) => Kysely<DB>,
  role: string | undefined,
  as: { mine: Asker; theirs: Asker },
): Visit => ({
  name,
  userId: () => undefined,
  enter: (m, work) =>
    database(m)
      .transaction()
      .execute(async (tx) => {
        if (role) await sql`select set_config('role', ${role}, true)`.execute(tx)
        await work(tx)
      }),
  ...as,
})
const ownDoor = ({ mine }: Matrix) => mine.id
const foreignDoor = ({ theirs }: Matrix) => theirs.id
const noOneDoor = () => null

export const visits: readonly Visit[] = [
  ...memberRoles.flatMap((role) => {
    const userId = ({ mine }: Matrix) => mine.people[role]
    return [
      actorVisit(`${role} through the door of their workspace`, userId, ownDoor, { mine: role }),
      actorVisit(`${role} through a door to no one workspace`, userId, noOneDoor, { mine: 'outside' }),
      actorVisit(`${role} through the door of another workspace`, userId, foreignDoor, {}),
    ]
  }),
  actorVisit('stranger through the door of the workspace', ({ theirs }) => theirs.people.owner, ownDoor, {
    mine: 'stranger',
  }),
  actorVisit('stranger through their own door', ({ theirs }) => theirs.people.owner, foreignDoor, {
    mine: 'stranger',
    theirs: 'owner',
  }),
  actorVisit('somebody who owns both, through the door of one', (m) => m.memberOfBoth, ownDoor, {
    mine: 'owner',
  }),
  actorVisit('somebody who owns both, through the door of the other', (m) => m.memberOfBoth, foreignDoor, {
    theirs: 'owner',
  }),
  actorVisit('somebody who owns both, through a door to no one workspace', (m) => m.memberOfBoth, noOneDoor, {
    mine: 'outside',
    theirs: 'outside',
  }),
  actorVisit('nobody through the door of the workspace', (m) => m.memberless, ownDoor, { mine: 'nobody' }),
  actorVisit('nobody through a door to no one workspace', (m) => m.memberless, noOneDoor, { mine: 'nobody' }),
  actorVisit('a person who does not exist', () => randomUUID(), ownDoor, { mine: 'nobody' }),
  actorVisit('super admin through the door of the workspace', (m) => m.superAdmin, ownDoor, {
    mine: 'super admin',
  }),
  actorVisit('super admin through a door to no one workspace', (m) => m.superAdmin, noOneDoor, {
    mine: 'super admin',
    theirs: 'super admin',
  }),
  visitAs('request that names nobody', ({ withoutDoor }) => withoutDoor, 'authenticated', {
    mine: 'nobody',
    theirs: 'nobody',
  }),
  visitAs('anon', ({ superuser }) => superuser, 'anon', { mine: 'anon', theirs: 'anon' }),
  visitAs('no door', ({ withoutDoor }) => withoutDoor, undefined, { mine: 'no door', theirs: 'no door' }),
  {
    name: 'job of the workspace',
    userId: () => undefined,
    enter: (m, work) => doors(m).withWorkspace(m.mine.id, work),
    mine: 'job',
    theirs: 'foreign job',
  },
  {
    name: 'job of a workspace that does not exist',
    userId: () => undefined,
    enter: (m, work) => doors(m).withWorkspace(randomUUID(), work),
    mine: 'foreign job',
    theirs: 'foreign job',
  },
  {
    name: 'dispatch',
    userId: () => undefined,
    enter: (m, work) => doors(m).withDispatch(work),
    mine: 'dispatch',
    theirs: 'dispatch',
  },
  {
    // It fills generated workspaces; these two are of people.
    name: 'generator at the workspace',
    userId: () => undefined,
    enter: (m, work) =>
      m.withoutDoor.transaction().execute(async (tx) => {
        await sql`select set_config('app.workspace_id', ${m.mine.id}, true),
          set_config('role', 'generator_service', true)`.execute(tx)
        await work(tx)
      }),
  },
  visitAs('analytics reader', ({ withoutDoor }) => withoutDoor, 'analytics_reader', {
    mine: 'analytics reader',
    theirs: 'analytics reader',
  }),
]

class TakeBack extends Error {}

/** Runs the tries within one visit, all of them taken back, and returns what they found. `reads` as of its door. */
export async function during(
  matrix: Matrix,
  visit: Visit,
  tries: (tx: Tx, findings: string[]) => Promise<void>,
  reads?: readonly SensitiveTable[],
): Promise<string[]> {
  const findings: string[] = []
  await visit
    .enter(
      matrix,
      async (tx) => {
        await tries(tx, findings)
        throw new TakeBack()
      },
      reads,
    )
    .catch((error: unknown) => {
      if (!(error instanceof TakeBack)) throw error
    })
  return findings
}
