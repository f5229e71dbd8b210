/** The copy of unsaved work on this device: written with every keystroke, removed once the server has it. */
import type { Draft } from './draft.ts'

const keyOf = (workspaceId: string, contentId: string | undefined) =>
  `heliograph.draft.${workspaceId}.${contentId ?? 'new'}`

export function keepDraft(workspaceId: string, contentId: string | undefined, draft: Draft): void {
  localStorage.setItem(keyOf(workspaceId, contentId), JSON.stringify(draft))
}

export function forgetDraft(workspaceId: string, contentId: string | undefined): void {
  localStorage.removeItem(keyOf(workspaceId, contentId))
}

export function keptDraft(workspaceId: string, contentId: string | undefined): Draft | null {
  const stored = localStorage.getItem(keyOf(workspaceId, contentId))
  if (stored === null) return null
  try {
    const value: unknown = JSON.parse(stored)
    return isDraft(value) ? value : null
  } catch {
    // Not ours or cut off: there is nothing to restore, and the next keystroke replaces it.
    return null
  }
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== 'object' || value === null) return false
  if (!('text' in value && 'images' in value && 'accountIds' in value)) return false
  return typeof value.text === 'string' && Array.isArray(value.images) && Array.isArray(value.accountIds)
}
