import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useRouter } from '@tanstack/react-router'
import { type ReactNode, useCallback, useState } from 'react'
import { accountsQuery } from '../../api/accounts.ts'
import { contentQuery } from '../../api/content.ts'
import { may, whyNot } from '../../api/permissions.ts'
import type { Content, SocialAccount } from '../../api/types.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { ComposeSkeleton } from './compose-skeleton.tsx'
import { Composer } from './composer.tsx'
import { type Draft, draftOf } from './draft.ts'
import { keptDraft } from './kept-draft.ts'

const route = getRouteApi('/w/$workspaceId/write/{-$contentId}')

interface SittingState {
  number: number
  contentId: string | undefined
  /** The id that the draft of this sitting was given; the address follows a moment later. */
  created: string | null
}

/** Chooses what is written on. One sitting goes on while a new draft gets its id, so that the caret stays. */
export function ComposeScreen(): ReactNode {
  const { contentId } = route.useParams()
  const { workspace } = useHere()
  const router = useRouter()
  const [sitting, setSitting] = useState<SittingState>({ number: 0, contentId, created: null })
  if (sitting.contentId !== contentId) {
    const sameSitting = contentId !== undefined && contentId === sitting.created
    setSitting(
      sameSitting ? { ...sitting, contentId } : { number: sitting.number + 1, contentId, created: null },
    )
  }

  const adopt = useCallback(
    (created: string) => {
      setSitting((now) => ({ ...now, created }))
      void router.navigate({
        to: '/w/$workspaceId/write/{-$contentId}',
        params: { workspaceId: workspace.id, contentId: created },
        search: true,
        replace: true,
        resetScroll: false,
      })
    },
    [router, workspace.id],
  )

  if (!may(workspace.role, 'write')) {
    return (
      <Page title="Write">
        <Notice tone="info">{whyNot(workspace.role, 'write')}</Notice>
      </Page>
    )
  }
  return <Sitting key={sitting.number} contentId={contentId} onCreated={adopt} />
}

interface SittingProps {
  contentId: string | undefined
  onCreated: (contentId: string) => void
}

function Sitting({ contentId, onCreated }: SittingProps) {
  const { workspace } = useHere()
  // Whether this sitting began with an empty page; what it creates later is already on the screen.
  const [beganWith] = useState(contentId)
  const accounts = useQuery(accountsQuery(workspace.id))
  const content = useQuery({
    ...contentQuery(workspace.id, beganWith ?? ''),
    enabled: beganWith !== undefined,
  })
  return (
    <Loaded query={accounts} skeleton={<ComposeSkeleton />} what="the composer" screen="Write">
      {({ items }) =>
        beganWith === undefined ? (
          <Opened contentId={contentId} content={null} accounts={items} onCreated={onCreated} />
        ) : (
          <Loaded query={content} skeleton={<ComposeSkeleton />} what="the draft" screen="Write">
            {(loaded) => (
              <Opened contentId={contentId} content={loaded} accounts={items} onCreated={onCreated} />
            )}
          </Loaded>
        )
      }
    </Loaded>
  )
}

function Opened({
  contentId,
  content,
  accounts,
  onCreated,
}: SittingProps & { content: Content | null; accounts: SocialAccount[] }) {
  const { workspace } = useHere()
  const { at } = route.useSearch()
  const usable = accounts.filter((account) => account.status !== 'disconnected')
  const [start] = useState(() => startingPoint(workspace.id, content, usable))
  if (content && !start.editable) return <NotADraft content={content} />
  return (
    <Composer
      contentId={contentId}
      initial={start.draft}
      restored={start.restored}
      accounts={usable}
      at={at}
      onCreated={onCreated}
    />
  )
}

function startingPoint(workspaceId: string, content: Content | null, accounts: readonly SocialAccount[]) {
  // Decided once: a draft that is published from here does not turn into a notice before its page opens.
  const editable = content === null || content.status === 'draft'
  const kept = keptDraft(workspaceId, content?.id)
  if (kept && editable) return { draft: kept, restored: true, editable }
  const only = accounts.length === 1 ? accounts.map((account) => account.id) : []
  const draft: Draft = content ? draftOf(content) : { text: '', images: [], accountIds: only }
  return { draft, restored: false, editable }
}

function NotADraft({ content }: { content: Content }) {
  const { workspace } = useHere()
  return (
    <Page title="Write">
      <Notice
        tone="info"
        actions={
          <Link
            to="/w/$workspaceId/posts/$contentId"
            params={{ workspaceId: workspace.id, contentId: content.id }}
            className={buttonClass('plain', true)}
          >
            Open the post
          </Link>
        }
      >
        This post is {content.status}, so it can't be edited here. A scheduled post can be taken back to draft
        on its page.
      </Notice>
    </Page>
  )
}
