import { errorCode } from '../process/error-code.ts'
import { type Login, loginUrl } from './pool.ts'

/** Connection faults and refused logins: what a person can put right at the address or at the server. */
const unreachableCodes = ['ECONNREFUSED', 'ENOENT', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH', 'EAI_AGAIN']
const loginCodes = ['28P01', '28000', '3D000']
const notAllowed = '42501'
const certificateCodes = [
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]
/** The driver gives no code to it. */
const noTransport = 'The server does not support SSL connections'

/** What keeps migrations from an external database, and what to do about it; undefined for faults of our own. */
export function explainDatabaseFault(error: unknown, owner: Login): string | undefined {
  const code = errorCode(error) ?? ''
  const reason = error instanceof Error && error.message ? error.message : code
  if ([...unreachableCodes, ...loginCodes].includes(code)) {
    return (
      `The database cannot be used (${reason}): see that PostgreSQL runs and that DATABASE_URL names it with a ` +
      'user that may log in.'
    )
  }
  if (reason === noTransport) {
    return (
      'The database server does not encrypt connections, and DATABASE_URL asks for it with sslmode: switch ssl on at ' +
      'the server, or say ?sslmode=disable where the network between the two is yours alone.'
    )
  }
  if (certificateCodes.includes(code)) {
    return (
      `The certificate of the database server is not trusted (${reason}): name the one that signed it in DATABASE_URL ` +
      'with &sslrootcert=/path/to/ca.pem, and the host as the certificate does.'
    )
  }
  if (code === notAllowed || errorCode(causeOf(error)) === notAllowed) {
    const { login, database } = namesIn(owner)
    return (
      `The login "${login}" may not do what migrations need (${reason}): it has to own the database (alter database ` +
      `"${database}" owner to "${login}"), may create roles (alter role "${login}" createrole), and has to be the one ` +
      "that made Heliograph's roles if they are there already."
    )
  }
  return undefined
}

const causeOf = (error: unknown) => (error instanceof Error ? error.cause : undefined)

function namesIn(owner: Login): { login: string; database: string } {
  const { username, pathname } = new URL(loginUrl(owner))
  const login = decodeURIComponent(username)
  return { login, database: decodeURIComponent(pathname.slice(1)) || login }
}
