import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { createContent, updateContent } from '../../api/content.ts'
import { contentKey } from '../../api/keys.ts'
import { asProblem, type Problem } from '../../api/problem.ts'
import { type Draft, isBlank, requestOf } from './draft.ts'
import { forgetDraft, keepDraft } from './kept-draft.ts'

export type SaveState =
  | { kind: 'untouched' }
  | { kind: 'saving' }
  | { kind: 'saved'; at: Date }
  | { kind: 'kept'; problem: Problem }

const autosaveDelayMs = 700
const retryDelayMs = 5_000

interface DraftInput {
  workspaceId: string
  contentId: string | undefined
  initial: Draft
  /** True when `initial` is newer than what the server has. */
  unsaved: boolean
  onCreated: (contentId: string) => void
}

/**
 * The draft and its saving. Every change is kept on this device at once and sent to the server after a pause;
 * one request at a time, so that an older text never overwrites a newer one.
 */
export function useDraft({ workspaceId, contentId, initial, unsaved, onCreated }: DraftInput) {
  const queries = useQueryClient()
  const [draft, setDraft] = useState(initial)
  const [state, setState] = useState<SaveState>({ kind: 'untouched' })
  const latest = useRef(initial)
  const id = useRef(contentId)
  const changes = useRef(unsaved ? 1 : 0)
  const savedChanges = useRef(0)
  const running = useRef<Promise<void> | null>(null)
  const mounted = useRef(false)
  const [touched, setTouched] = useState(changes.current)

  const saveAll = useCallback(async () => {
    setState({ kind: 'saving' })
    while (savedChanges.current !== changes.current) {
      const sent = changes.current
      const body = requestOf(latest.current)
      if (id.current) {
        queries.setQueryData(
          contentKey(workspaceId, id.current),
          await updateContent(workspaceId, id.current, body),
        )
      } else {
        const content = await createContent(workspaceId, body)
        id.current = content.id
        queries.setQueryData(contentKey(workspaceId, content.id), content)
        forgetDraft(workspaceId, undefined)
        keepDraft(workspaceId, content.id, latest.current)
        if (mounted.current) onCreated(content.id)
      }
      savedChanges.current = sent
    }
    forgetDraft(workspaceId, id.current)
    setState({ kind: 'saved', at: new Date() })
  }, [workspaceId, queries, onCreated])

  const save = useCallback((): Promise<void> => {
    if (running.current) return running.current
    if (savedChanges.current === changes.current) return Promise.resolve()
    running.current = saveAll()
      .catch((cause: unknown) => {
        setState({ kind: 'kept', problem: asProblem(cause) })
        throw cause
      })
      .finally(() => {
        running.current = null
      })
    return running.current
  }, [saveAll])

  // The outcome is in `state`, and the text is safe on this device either way.
  const saveUnasked = useCallback(() => void save().catch(() => undefined), [save])

  const change = useCallback(
    (patch: Partial<Draft> | ((now: Draft) => Partial<Draft>)) => {
      const next = { ...latest.current, ...(typeof patch === 'function' ? patch(latest.current) : patch) }
      latest.current = next
      changes.current += 1
      setDraft(next)
      setTouched(changes.current)
      keepDraft(workspaceId, id.current, next)
    },
    [workspaceId],
  )

  useEffect(() => {
    if (touched === savedChanges.current || (!id.current && isBlank(latest.current))) return
    const timer = setTimeout(saveUnasked, autosaveDelayMs)
    return () => clearTimeout(timer)
  }, [touched, saveUnasked])

  useEffect(() => {
    if (state.kind !== 'kept' || state.problem.status !== 0) return
    const timer = setTimeout(saveUnasked, retryDelayMs)
    window.addEventListener('online', saveUnasked)
    return () => {
      clearTimeout(timer)
      window.removeEventListener('online', saveUnasked)
    }
  }, [state, saveUnasked])

  useEffect(() => {
    mounted.current = true
    return () => {
      mounted.current = false
      if (!isBlank(latest.current)) saveUnasked()
    }
  }, [saveUnasked])

  /** Saves what is not saved yet and gives the post's id. */
  const flush = async (): Promise<string> => {
    await save()
    if (!id.current) throw new Error('Write something first: an empty post is not saved.')
    return id.current
  }

  /** Ends the saving of a draft that is deleted or published, so that nothing is sent after it. */
  const settle = () => {
    savedChanges.current = changes.current
    forgetDraft(workspaceId, id.current)
  }

  return { draft, change, state, flush, settle }
}
