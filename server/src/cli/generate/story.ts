/** The whole story of one workspace. */
import { tellAudience } from './audience.ts'
import { bucketsOf } from './deltas.ts'
import { tellDesk } from './desk.ts'
import { createLedger } from './earnings.ts'
import { followersByDay } from './followers.ts'
import { tellFoundation, tellPeople, tellWorkspace } from './foundation.ts'
import type { Item } from './items.ts'
import { tellOffice } from './office.ts'
import type { Plan } from './plan.ts'
import { tellPosts } from './posts.ts'
import { tellRoyalties } from './royalties.ts'
import { createSyncRuns, failedRuns } from './sync-runs.ts'
import { tellVectors } from './vectors.ts'
import { tellWatching } from './watching.ts'
import { tellWork } from './work.ts'

export function* tellStory(plan: Plan): Generator<Item> {
  const ledger = createLedger(plan.random.fork('ledger'), plan)
  const followers = new Map(
    plan.accounts.map((account) => [
      account.id,
      followersByDay(plan.random.fork(`followers ${account.id}`), account, plan.calendar),
    ]),
  )
  const syncRuns = createSyncRuns(plan.random.fork('sync runs'), plan)
  yield* tellPeople(plan)
  yield* tellWorkspace(plan)
  yield* tellFoundation(plan, ledger, followers)
  yield* tellPosts({ plan, ledger, followers, syncRuns, buckets: bucketsOf(plan.calendar) })
  yield* failedRuns(plan.random.fork('failed runs'), plan)
  yield* tellDesk(plan)
  yield* tellAudience(plan, followers)
  yield* tellWork(plan)
  yield* tellWatching(plan)
  yield* tellOffice(plan)
  yield* tellRoyalties(plan, ledger)
  yield* tellVectors(plan, ledger)
}
