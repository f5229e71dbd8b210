import { defineError } from '../../infra/errors.ts'

export const emailTaken = defineError(
  'email_taken',
  409,
  'There is an account with this address already. Sign in instead.',
)
export const wrongCredentials = defineError('wrong_credentials', 401, 'The address or the password is wrong.')
export const tooManyTries = defineError(
  'too_many_tries',
  429,
  'Too many tries. Wait a minute, then try again.',
)
export const resetLinkInvalid = defineError(
  'reset_link_invalid',
  400,
  'This link was used already or is older than an hour. Ask for a new one.',
)
export const invitationInvalid = defineError(
  'invitation_invalid',
  404,
  'This invitation was used, withdrawn or has expired. Ask for a new one.',
)
export const invitationForAnotherAddress = defineError(
  'invitation_for_another_address',
  403,
  'This invitation is for another address. Sign in with the address that it was sent to.',
)
export const lastOwnerStays = defineError(
  'last_owner_stays',
  409,
  'A workspace keeps at least one owner. Make somebody else an owner first.',
)
export const alreadyMember = defineError(
  'already_member',
  409,
  'Whoever has this address is a member already. Change the role in the list of members.',
)
export const alreadyInvited = defineError(
  'already_invited',
  409,
  'This address has an open invitation already. Withdraw it first.',
)
