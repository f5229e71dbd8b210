import type { Preview, SocialAccount } from '../../api/types.ts'
import { type Draft, isBlank } from './draft.ts'

/** The first reason why the post can't go out yet, with its remedy; null when nothing stands in the way. */
export function obstacleOf(input: {
  draft: Draft
  accounts: readonly SocialAccount[]
  previews: readonly Preview[]
  uploading: boolean
  planFault: string | null
}): string | null {
  if (isBlank(input.draft)) return 'Write something or add an image first.'
  if (input.accounts.length === 0) return 'Choose at least one account.'
  if (input.uploading) return 'An image is still on its way.'
  if (input.planFault) return input.planFault
  return input.previews.flatMap((preview) => preview.faults)[0]?.message ?? null
}
