import { z } from 'zod'
import { ConnectorFailure } from '../../connectors/failure.ts'
import { defineJob, enqueueJob, type Job } from '../../infra/jobs/queue.ts'
import type { Services } from '../services.ts'
import { openAccount } from './open-account.ts'
import { listExpiringAccounts } from './queries.ts'
import { type AccountRef, accountConnected, tellOwnerJob } from './schema.ts'
import { tellOwner } from './tell-owner.ts'

/** Longer than the dispatch takes to come round twice, so that a token is fresh before anybody needs it. */
const refreshAheadMs = 20 * 60_000

const refreshTokens = { name: 'refresh_tokens', payload: z.unknown() }
const refreshToken = { name: 'refresh_token', payload: accountConnected.payload }

export const jobs = (services: Services): Job[] => [
  defineJob(refreshTokens, () => dispatchRefreshes(services)),
  defineJob(refreshToken, (ref) => refreshAhead(services, ref)),
  defineJob(tellOwnerJob, (ref) => tellOwner(services, ref)),
]

export const schedules = [{ job: refreshTokens.name, cron: '*/5 * * * *' }]

async function dispatchRefreshes(services: Services): Promise<void> {
  const before = new Date(services.clock.now().getTime() + refreshAheadMs)
  await services.doors.withDispatch(async (tx) => {
    for (const ref of await listExpiringAccounts(tx, before)) {
      await enqueueJob(tx, refreshToken, ref, { key: `refresh_token:${ref.accountId}` })
    }
  })
}

/** A revoked account is said at the account itself; trying again would change nothing. */
async function refreshAhead(services: Services, ref: AccountRef): Promise<void> {
  await openAccount(services, ref, refreshAheadMs).catch((error: unknown) => {
    if (!(error instanceof ConnectorFailure && error.code === 'auth_expired')) throw error
  })
}
