import { defineError } from '../../infra/errors.ts'

export const alreadyOnItsWay = defineError(
  'already_on_its_way',
  409,
  'This post is being sent or was sent already, so it cannot be changed any more.',
)
export const notADraft = defineError(
  'not_a_draft',
  409,
  'Only a draft can be deleted. Cancel the post first.',
)
export const notFailed = defineError('not_failed', 409, 'Only a failed publication can be tried again.')
export const noImage = defineError(
  'no_image',
  422,
  'This file is no image that we can read. Use JPEG, PNG, WebP or GIF.',
)
