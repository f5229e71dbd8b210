const storageKey = 'heliograph.workspace'

export const lastWorkspaceId = (): string | null => localStorage.getItem(storageKey)
export const rememberWorkspace = (workspaceId: string): void => localStorage.setItem(storageKey, workspaceId)
