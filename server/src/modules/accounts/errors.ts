import { defineError } from '../../infra/errors.ts'

export const accountRejected = defineError(
  'account_rejected',
  422,
  'The network did not accept this account.',
)
export const accountUnreachable = defineError(
  'account_unreachable',
  422,
  'The server of this account could not be reached.',
)
export const workspaceGenerated = defineError(
  'workspace_generated',
  422,
  'Everything in this workspace is generated. Make a workspace of your own to connect an account.',
)
