import { forbidden } from '../../infra/errors.ts'
import type { Tx } from '../../infra/postgres/doors.ts'
import { isOperator } from './queries.ts'

/** Refuses whoever does not look after the installation, whatever they are in a workspace. */
export async function requireOperator(tx: Tx): Promise<void> {
  if (await isOperator(tx)) return
  throw forbidden(
    'Only an operator of this installation may do this. Whoever runs its server can make you one: npm run heliograph -- operator <e-mail>.',
  )
}
