import type { FailureCode } from '../../connectors/failure.ts'
import type { PublicationStatus } from './schema.ts'

const whileUnderWay: Readonly<Record<FailureCode, string>> = {
  auth_expired: 'Connect the account again under Accounts. The post then goes out by itself.',
  permission_missing: 'Look at the account on its network, connect it again under Accounts, then try again.',
  rate_limited: 'Nothing to do: it goes out by itself as soon as the network allows.',
  rejected: 'Change the post so that the network accepts it, then try again.',
  duplicate: 'Look at the account on its network. If the post is missing there, write it anew.',
  media_not_ready: 'Nothing to do: it is tried again by itself.',
  unavailable_before_send: 'Check that the network can be reached, then try again. Nothing was sent.',
  outcome_unknown:
    'Nothing to do yet: the network is asked whether the post is there before anything is sent again.',
  unsupported: 'This network cannot do what the post needs. Change the post, then try again.',
  quota_exhausted: 'Nothing to do: it goes out by itself when the quota is free again.',
}

/** Where a publication has failed for good, nothing happens by itself any more. */
const onceFailed: Partial<Record<FailureCode, string>> = {
  auth_expired: 'Connect the account again under Accounts, then try again.',
  media_not_ready: 'Nothing was sent. Try again, or use other images.',
  unavailable_before_send:
    "Nothing was sent. Check that the network can be reached; if it can, the server's log says more. Then try again.",
  outcome_unknown:
    'Nothing is there, and nothing is sent by itself any more. Look whether the network takes posts again, then try again.',
}

/** What a person does about a failure: the second half of every failure that is shown. */
export function nextStepOf(status: PublicationStatus, code: FailureCode): string {
  return (status === 'failed' ? onceFailed[code] : undefined) ?? whileUnderWay[code]
}
