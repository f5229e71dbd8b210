import { publicUrl } from '../../config.ts'
import type { Services } from '../services.ts'
import { findRevokedAccountOwner } from './queries.ts'
import type { AccountRef } from './schema.ts'

/** Mails whoever connected an account that it must be connected again. Silent where that is done already. */
export async function tellOwner(services: Services, { workspaceId, accountId }: AccountRef): Promise<void> {
  const found = await services.doors.withWorkspace(workspaceId, (tx) =>
    findRevokedAccountOwner(tx, workspaceId, accountId),
  )
  if (!found) return
  const link = `${publicUrl(services.config)}/w/${workspaceId}/accounts`
  await services.mailer.send({
    to: found.email,
    subject: `@${found.username} must be connected again`,
    text: [`Hello ${found.name},`, found.health_reason ?? '', link].join('\n\n'),
  })
}
