import { notFound } from '../../infra/errors.ts'
import type { ActorContext } from '../services.ts'
import { duties } from './duties.ts'
import { requireOperator } from './policy.ts'
import { requestDuty } from './queries.ts'

/** Asks for a duty at once. One that is running already is run again after it. */
export async function startDuty({ doors, actor }: ActorContext, name: string): Promise<void> {
  await doors.withActor(actor, null, async (tx) => {
    await requireOperator(tx)
    if (!duties.some((duty) => duty.name === name)) throw notFound()
    await requestDuty(tx, name)
  })
}
