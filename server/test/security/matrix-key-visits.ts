/** API keys of every kind who come to the two workspaces of the matrix. Each belongs to the one called mine. */
import { randomUUID } from 'node:crypto'
import { sensitiveTables } from '../../src/infra/postgres/doors.ts'
import type { World } from '../world.ts'
import type { MemberRole } from './matrix-rows.ts'
import { type Scope, scopes } from './matrix-scopes.ts'
import type { Matrix, Visit } from './matrix-visits.ts'

interface Key {
  readonly name: string
  readonly maker: (matrix: Matrix) => string
  readonly role: Exclude<MemberRole, 'owner'>
  readonly scopes: readonly Scope[]
  /** What happened to the key after it was made, as an assignment. */
  readonly since?: string
  /** In whose name it comes, where not its maker's. */
  readonly claims?: (matrix: Matrix) => string
  /** The workspace of the door through which it comes; its own where not said. */
  readonly door?: (matrix: Matrix) => string | null
  /** As whom the policy table knows it in its own workspace; unnamed: nothing is allowed. */
  readonly as?: MemberRole
}

const owner = ({ mine }: Matrix) => mine.people.owner
const valid = { maker: owner, role: 'admin', scopes } as const

const keys: readonly Key[] = [
  ...scopes.map((scope): Key => ({ ...valid, name: `key for ${scope} alone`, scopes: [scope], as: 'admin' })),
  { ...valid, name: 'key of a viewer for everything', maker: ({ mine }) => mine.people.viewer, as: 'viewer' },
  {
    ...valid,
    name: 'key of a manager for everything',
    maker: ({ mine }) => mine.people.manager,
    as: 'manager',
  },
  {
    ...valid,
    name: 'key of an editor for everything',
    maker: ({ mine }) => mine.people.editor,
    as: 'editor',
  },
  { ...valid, name: 'key for analysing everything', role: 'analyst', as: 'analyst' },
  { ...valid, name: 'key for viewing everything', role: 'viewer', as: 'viewer' },
  {
    ...valid,
    name: 'key of an artist for everything',
    maker: ({ mine }) => mine.people.artist,
    as: 'artist',
  },
  {
    ...valid,
    name: 'key of somebody who owns both, through no one door',
    maker: (m) => m.memberOfBoth,
    door: () => null,
    as: 'admin',
  },
  {
    ...valid,
    name: 'key of somebody who owns both, at the door of the other',
    maker: (m) => m.memberOfBoth,
    door: ({ theirs }) => theirs.id,
  },
  { ...valid, name: 'revoked key', since: 'revoked_at = now()' },
  { ...valid, name: 'expired key', since: 'expires_at = now()' },
  { ...valid, name: 'key of somebody who is no member any more', maker: (m) => m.memberless },
  { ...valid, name: 'key in the name of another owner', claims: ({ mine }) => mine.secondOwner },
]

const keyIds = new WeakMap<World, ReadonlyMap<string, string>>()

export async function seedKeys(matrix: Matrix): Promise<void> {
  const ids = new Map<string, string>()
  for (const { name, maker, role, scopes, since } of keys) {
    const id = randomUUID()
    await matrix.world.query(
      `insert into api_keys (workspace_id, id, name, shown_prefix, secret_hash, role, scopes, created_by)
       values ($1, $2, $3, 'hg_12345', sha256($3::text::bytea), $4, $5::api_scope[], $6)`,
      [matrix.mine.id, id, name, role, `{${scopes}}`, maker(matrix)],
    )
    if (since) await matrix.world.query(`update api_keys set ${since} where id = $1`, [id])
    ids.set(name, id)
  }
  keyIds.set(matrix.world, ids)
}

export const keyVisits: readonly Visit[] = keys.map(({ name, maker, scopes, claims, door, as }) => {
  const userId = claims ?? maker
  return {
    name,
    userId,
    scopes,
    enter: (matrix, work, reads = sensitiveTables) =>
      matrix.world.app.services.doors.withActor(
        { userId: userId(matrix), apiKeyId: keyIds.get(matrix.world)?.get(name) ?? '' },
        door ? door(matrix) : matrix.mine.id,
        work,
        { reads },
      ),
    ...(as ? { mine: as } : {}),
  }
})
