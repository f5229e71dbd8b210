/** Query keys. Everything of one workspace starts with `workspaceKey`, so that one call refreshes it all. */
export const sessionKey = ['session'] as const
export const operatorKey = ['operator'] as const
export const operationsKey = ['operations'] as const
export const workspaceKey = (workspaceId: string) => ['workspace', workspaceId] as const
export const membersKey = (workspaceId: string) => [...workspaceKey(workspaceId), 'members'] as const
export const invitationsKey = (workspaceId: string) => [...workspaceKey(workspaceId), 'invitations'] as const
export const accountsKey = (workspaceId: string) => [...workspaceKey(workspaceId), 'accounts'] as const
export const allContentKey = (workspaceId: string) => [...workspaceKey(workspaceId), 'content'] as const
export const contentKey = (workspaceId: string, contentId: string) =>
  [...allContentKey(workspaceId), 'one', contentId] as const
export const previewKey = (workspaceId: string) => [...workspaceKey(workspaceId), 'preview'] as const
export const allAttemptsKey = (workspaceId: string) => [...workspaceKey(workspaceId), 'attempts'] as const
export const allSeriesKey = (workspaceId: string) => [...workspaceKey(workspaceId), 'series'] as const
