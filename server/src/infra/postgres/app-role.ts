import pg from 'pg'
import { MigrationError } from '../migrations.ts'
import { errorCode } from '../process/error-code.ts'
import { type Login, loginUrl } from './pool.ts'

const wrongPassword = '28P01'
/** Says after the password was taken that this database is closed to the login. */
const notAllowed = '42501'

/**
 * For a database that no installation has claimed: roles belong to the whole server, and giving the application's role
 * another password would shut out an installation that lives in another database. `app` is how ours would log in.
 */
export async function requireOwnAppRole(client: pg.Client, app: Login & { user: string }): Promise<void> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1 and rolcanlogin', [
    app.user,
  ])
  if (!rowCount || (await isTaken(app))) return
  throw new MigrationError(
    `Another installation uses this PostgreSQL server: the password of the role ${app.user}, which all databases of the ` +
      'server share, is not the one of this HELIOGRAPH_SECRET. Use the HELIOGRAPH_SECRET of that installation here too, ' +
      'or a PostgreSQL server of its own; where that installation is gone for good, first run: ' +
      `alter role ${app.user} nologin.`,
  )
}

async function isTaken(login: Login): Promise<boolean> {
  const client = new pg.Client({ connectionString: loginUrl(login), application_name: 'heliograph migrate' })
  // A connection that dies fails the attempt; without a listener it would end this process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return true
  } catch (error) {
    if (errorCode(error) === notAllowed) return true
    if (errorCode(error) === wrongPassword) return false
    throw error
  } finally {
    await client.end()
  }
}
