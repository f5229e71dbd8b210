import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { previewQuery } from '../../api/content.ts'
import { asProblem } from '../../api/problem.ts'
import type { SocialAccount } from '../../api/types.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { formErrors } from '../../ui/field-errors.ts'
import { Notice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { AccountToggles } from './account-toggles.tsx'
import { countText, imagesAllowed, tightestLimit } from './count.ts'
import { Counter } from './counter.tsx'
import { type Draft, requestOf } from './draft.ts'
import { Images } from './images.tsx'
import { obstacleOf } from './obstacles.ts'
import { planFault } from './plan.ts'
import { Previews } from './previews.tsx'
import { PublishBar } from './publish-bar.tsx'
import { SaveLine } from './save-line.tsx'
import { TextEditor } from './text-editor.tsx'
import { useDebounced } from './use-debounced.ts'
import { useDraft } from './use-draft.ts'
import { useImages } from './use-images.ts'
import { useDeleteDraft, usePublish } from './use-publish.ts'

const previewDelayMs = 200

interface ComposerProps {
  contentId: string | undefined
  initial: Draft
  restored: boolean
  accounts: readonly SocialAccount[]
  at: string | undefined
  onCreated: (contentId: string) => void
}

export function Composer({ contentId, initial, restored, accounts, at, onCreated }: ComposerProps) {
  const { workspace } = useHere()
  const router = useRouter()
  const zone = workspace.timeZone
  const { draft, change, state, flush, settle } = useDraft({
    workspaceId: workspace.id,
    contentId,
    initial,
    unsaved: restored,
    onCreated,
  })
  const chosen = accounts.filter((account) => draft.accountIds.includes(account.id))
  const limit = tightestLimit(chosen.length > 0 ? chosen : accounts)
  const maxImages = imagesAllowed(chosen)
  const images = useImages(
    workspace.id,
    () => maxImages - draft.images.length,
    (image) => change((now) => ({ images: [...now.images, image] })),
  )

  const request = useMemo(() => requestOf(draft), [draft])
  const settled = useDebounced(request, previewDelayMs)
  const preview = useQuery(previewQuery(workspace.id, settled))
  const current = settled === request && preview.isSuccess && !preview.isPlaceholderData
  const previews = preview.data?.items ?? []

  const fault = planFault(at, zone, new Date())
  const obstacle = obstacleOf({
    draft,
    accounts: chosen,
    previews: current ? previews : [],
    uploading: images.uploads.some((upload) => upload.fault === null),
    planFault: fault,
  })
  const publish = usePublish(workspace.id, { flush, settle })
  const remove = useDeleteDraft(workspace.id, settle)
  const [asking, setAsking] = useState(false)
  const errors = formErrors(publish.error, ['text', 'publishAt'])
  const submit = () => {
    if (obstacle === null && !publish.isPending) publish.mutate(at)
  }
  const setAt = (next: string | undefined) =>
    void router.navigate({
      to: '/w/$workspaceId/write/{-$contentId}',
      params: { workspaceId: workspace.id, contentId },
      search: next === undefined ? {} : { at: next },
      replace: true,
      resetScroll: false,
    })

  return (
    <Page
      title={contentId ? 'Edit draft' : 'Write'}
      actions={
        contentId ? (
          <Button look="quiet" icon="trash" onClick={() => setAsking(true)}>
            Delete draft
          </Button>
        ) : null
      }
    >
      <div className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_minmax(18rem,24rem)]">
        <div className="grid content-start gap-5">
          {restored ? (
            <Notice tone="info">
              This is what you had typed on this device; it had not reached the server.
            </Notice>
          ) : null}
          <AccountToggles
            accounts={accounts}
            chosen={draft.accountIds}
            onChange={(accountIds) => change({ accountIds })}
          />
          <TextEditor
            text={draft.text}
            fault={errors.of('text', 'The text')}
            onChange={(text) => change({ text })}
            onFiles={images.add}
            onSubmit={submit}
          >
            <SaveLine state={state} zone={zone} />
            {limit ? <Counter count={countText(draft.text, limit.unit)} limit={limit} /> : null}
          </TextEditor>
          <Images
            images={draft.images}
            uploads={images.uploads}
            max={maxImages}
            altTextMax={Math.min(2_000, ...chosen.map((account) => account.limits.images.altTextMax))}
            onPick={images.add}
            onDismiss={images.dismiss}
            onChange={(next) => change({ images: next })}
          />
          {errors.rest ? (
            <Notice tone="bad" title="Not published">
              {errors.rest} Your draft is kept.
            </Notice>
          ) : null}
          <PublishBar
            zone={zone}
            at={at}
            onAt={setAt}
            planFault={fault ?? errors.of('publishAt', 'This time') ?? null}
            accountCount={chosen.length}
            obstacle={obstacle}
            busy={publish.isPending}
            onPublish={submit}
          />
        </div>
        <Previews
          accounts={chosen}
          draft={draft}
          previews={previews}
          current={current}
          fault={preview.isError ? asProblem(preview.error).message : null}
        />
      </div>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Delete this draft?"
        action="Delete draft"
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => {
          if (contentId) remove.mutate(contentId)
        }}
      >
        Its text and images are gone for everybody in the workspace. Nothing was published from it.
      </ConfirmDialog>
    </Page>
  )
}
