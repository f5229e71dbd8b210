import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { allAttemptsKey, allContentKey } from '../../api/keys.ts'
import { may, whoMay, whyNot } from '../../api/permissions.ts'
import { retryPublication } from '../../api/publications.ts'
import type { Content, Publication, SocialAccount } from '../../api/types.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { announce } from '../../ui/live-region.tsx'
import { Moment } from '../../ui/moment.tsx'
import { Notice, ProblemNotice } from '../../ui/notice.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { useTakeBack } from './use-take-back.ts'

interface FailurePanelProps {
  content: Content
  publication: Publication
  account: SocialAccount | undefined
}

/** Why it is not out, what to do, and the button that does it. */
export function FailurePanel({ content, publication, account }: FailurePanelProps) {
  const { workspace } = useHere()
  const queries = useQueryClient()
  const takeBack = useTakeBack(content)
  const retry = useMutation({
    mutationFn: () => retryPublication(workspace.id, publication.id),
    onSuccess: async () => {
      announce('Trying again')
      await queries.invalidateQueries({ queryKey: allContentKey(workspace.id) })
      await queries.invalidateQueries({ queryKey: allAttemptsKey(workspace.id) })
    },
  })
  const { failure, held, status } = publication
  // What was taken back keeps the reason it once failed for, which is no news any more.
  if (status === 'cancelled' || status === 'draft') return null
  if (!failure && !held && status !== 'unconfirmed') return null
  const needsAccount = held || failure?.code === 'auth_expired' || failure?.code === 'permission_missing'
  const writes = may(workspace.role, 'write')
  const connects = may(workspace.role, 'connect')
  // The same words would be refused again: they are changed before anything is retried.
  const wantsOtherWords = status === 'failed' && failure?.code === 'rejected'
  return (
    <div className="grid gap-3">
      <Notice
        tone={status === 'failed' ? 'bad' : 'warn'}
        title={titleOf(publication)}
        actions={
          <>
            {wantsOtherWords && takeBack.allowed ? (
              <Button small icon="write" busy={takeBack.busy} onClick={takeBack.andEdit}>
                Take back and edit
              </Button>
            ) : null}
            {status === 'failed' && writes ? (
              <Button small icon="refresh" busy={retry.isPending} onClick={() => retry.mutate()}>
                Retry
              </Button>
            ) : null}
            {needsAccount && connects ? (
              <Link
                to="/w/$workspaceId/accounts"
                params={{ workspaceId: workspace.id }}
                className={buttonClass('plain', true)}
              >
                Reconnect @{publication.username}
              </Link>
            ) : null}
          </>
        }
      >
        <p>{failure?.reason ?? account?.healthReason ?? defaultReason(publication)}</p>
        {failure ? <p className="mt-1 font-medium">{failure.nextStep}</p> : null}
        {failure?.retryAt ? (
          <p className="mt-1">
            It is tried again at <Moment at={failure.retryAt} zone={workspace.timeZone} form="both" />.
          </p>
        ) : null}
        {needsAccount && !connects ? (
          <p className="mt-1">
            {whoMay('connect')} of this workspace can connect @{publication.username} again.
          </p>
        ) : null}
        {status === 'failed' && !writes ? <p className="mt-1">{whyNot(workspace.role, 'write')}</p> : null}
      </Notice>
      {retry.isError ? <ProblemNotice cause={retry.error} /> : null}
    </div>
  )
}

function titleOf({ status, held, username }: Publication): string {
  if (status === 'failed') return `Not published on @${username}`
  if (held) return `Waiting for @${username} to be connected again`
  if (status === 'unconfirmed') return 'It is not known yet whether the post is out'
  return `@${username} is tried again`
}

const defaultReason = ({ held }: Publication): string =>
  held
    ? 'The post is not lost: it goes out once the account is connected again.'
    : 'The network did not answer clearly. Heliograph looks for the post there before it does anything else, so that nothing goes out twice.'
