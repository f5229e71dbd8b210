/** `heliograph operator <e-mail> [--revoke]`: makes a person an operator of the installation, or no longer one. */
import { createLog } from '../infra/log.ts'
import { createPool, type Login } from '../infra/postgres/pool.ts'
import { StartRefused } from '../infra/process/start-refused.ts'

const usage = 'usage: npm run heliograph -- operator <e-mail> [--revoke]'

/** `login`: that of the application. Refuses an address that nobody has. */
export async function runOperatorCommand(
  args: readonly string[],
  login: Login,
  print: (line: string) => void,
): Promise<void> {
  const emails = args.filter((word) => !word.startsWith('--'))
  const options = args.filter((word) => word.startsWith('--'))
  const [email] = emails
  if (!email || emails.length > 1 || options.some((option) => option !== '--revoke')) {
    throw new StartRefused(usage)
  }
  const operator = !options.length
  const pool = createPool(login, {
    name: 'operator command',
    role: 'identity_service',
    max: 1,
    log: createLog('warn'),
  })
  try {
    const { rows } = await pool.query<{ before: boolean }>(
      `with person as (select id, is_super_admin as before from users where email = lower($1) for update),
         changed as (update users set is_super_admin = $2 from person where users.id = person.id)
       select before from person`,
      [email.trim(), operator],
    )
    const [person] = rows
    if (!person)
      throw new StartRefused(`Nobody has signed up as ${email}. Sign up first, then run this again.`)
    print(words(email, operator, person.before === operator))
  } finally {
    await pool.end()
  }
}

function words(email: string, operator: boolean, unchanged: boolean): string {
  if (operator) return unchanged ? `${email} is an operator already.` : `${email} is an operator now.`
  return unchanged ? `${email} is no operator.` : `${email} is no longer an operator.`
}
