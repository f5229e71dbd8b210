import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useRouter } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { sessionKey } from '../../api/keys.ts'
import { asProblem } from '../../api/problem.ts'
import { sessionQuery, signOut } from '../../api/session.ts'
import type { Me } from '../../api/types.ts'
import { acceptInvitation } from '../../api/workspaces.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { ProblemNotice } from '../../ui/notice.tsx'
import { AuthFrame } from '../auth/auth-frame.tsx'

const route = getRouteApi('/invitations/$token')

export function InvitationScreen(): ReactNode {
  const { token } = route.useParams()
  const session = useQuery({ ...sessionQuery, retry: false })
  if (session.data) return <Accept token={token} me={session.data.user} />
  const next = { next: `/invitations/${encodeURIComponent(token)}` }
  const signedOut = session.isError && asProblem(session.error).status === 401
  return (
    <AuthFrame
      title="You are invited"
      lead="Somebody wants to work with you here. Sign in with the invited address, or create an account with it."
    >
      {session.isError && !signedOut ? (
        <ProblemNotice cause={session.error} onRetry={() => void session.refetch()} />
      ) : (
        <div className="flex flex-wrap gap-3">
          <Link to="/sign-up" search={next} className={buttonClass('primary')}>
            Create an account
          </Link>
          <Link to="/sign-in" search={next} className={buttonClass('plain')}>
            Sign in
          </Link>
        </div>
      )}
    </AuthFrame>
  )
}

function Accept({ token, me }: { token: string; me: Me }) {
  const queries = useQueryClient()
  const router = useRouter()
  const accept = useMutation({
    mutationFn: () => acceptInvitation(token),
    onSuccess: async (workspace) => {
      await queries.invalidateQueries({ queryKey: sessionKey, refetchType: 'all' })
      await router.navigate({ to: '/w/$workspaceId', params: { workspaceId: workspace.id } })
    },
  })
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: () => {
      queries.clear()
      void router.navigate({ to: '/sign-in', search: { next: `/invitations/${encodeURIComponent(token)}` } })
    },
  })
  return (
    <AuthFrame title="You are invited" lead={`You join as ${me.name} (${me.email}).`}>
      <div className="grid gap-4">
        {accept.isError ? <ProblemNotice cause={accept.error} /> : null}
        <div className="flex flex-wrap gap-3">
          <Button look="primary" busy={accept.isPending} onClick={() => accept.mutate()}>
            Accept invitation
          </Button>
          <Button look="quiet" busy={leave.isPending} onClick={() => leave.mutate()}>
            Use another account
          </Button>
        </div>
      </div>
    </AuthFrame>
  )
}
