import pg from 'pg'
import { type Login, loginUrl } from './pool.ts'

const ownerRole = 'heliograph_owner'
const database = 'heliograph'

/**
 * Makes, in an embedded cluster, the database and the role that owns it. The owner may create roles but is no
 * superuser: the superuser is used here and for backups, nowhere else. Idempotent.
 */
export async function createOwnedDatabase(
  superuser: Login,
  ownerPassword: string,
  name = database,
): Promise<Login & { user: string }> {
  const client = new pg.Client({ connectionString: loginUrl(superuser) })
  // A connection that dies fails the query that waits on it; without a listener it would end this process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    const role = await client.query('select from pg_roles where rolname = $1', [ownerRole])
    const password = client.escapeLiteral(ownerPassword)
    await client.query(
      `${role.rowCount ? 'alter' : 'create'} role ${ownerRole} login createrole password ${password}`,
    )
    const existing = await client.query('select from pg_database where datname = $1', [name])
    if (!existing.rowCount)
      await client.query(`create database ${client.escapeIdentifier(name)} owner ${ownerRole}`)
  } finally {
    await client.end()
  }
  const url = new URL(superuser.url)
  url.pathname = `/${name}`
  return { url: url.href, user: ownerRole, password: ownerPassword }
}
