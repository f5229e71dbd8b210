import { useMutation } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { syncAccount } from '../../api/accounts.ts'
import type { SocialAccount } from '../../api/types.ts'
import { announce } from '../../ui/live-region.tsx'

/** What became of the wish to read the numbers now. */
export type Reading =
  | { kind: 'none' }
  | { kind: 'waiting' }
  | { kind: 'done'; at: string }
  | { kind: 'ill'; reason: string }
  | { kind: 'silent' }
  | { kind: 'refused'; cause: unknown }

const patienceMs = 20_000

interface Asked {
  workspaceId: string
  accountId: string
  /** When the numbers that are shown were read; newer ones are what is waited for. */
  readAt: string | null
  account: SocialAccount | undefined
}

/**
 * Asks for a new reading and follows it: the server reads in its own time, and the live connection brings either
 * newer numbers or the account's ill health.
 */
export function useReading({ workspaceId, accountId, readAt, account }: Asked) {
  const [before, setBefore] = useState<string | null | undefined>(undefined)
  const [outOfPatience, setOutOfPatience] = useState(false)
  const sync = useMutation({
    mutationFn: () => syncAccount(workspaceId, accountId),
    onMutate: () => {
      setBefore(readAt)
      setOutOfPatience(false)
    },
  })
  const reading = readingOf()
  const { kind } = reading

  useEffect(() => {
    if (kind === 'done') announce('The numbers are read')
    if (kind !== 'waiting') return
    const timer = setTimeout(() => setOutOfPatience(true), patienceMs)
    return () => clearTimeout(timer)
  }, [kind])

  function readingOf(): Reading {
    if (before === undefined) return { kind: 'none' }
    if (sync.isError) return { kind: 'refused', cause: sync.error }
    if (readAt && readAt !== before) return { kind: 'done', at: readAt }
    if (sync.isPending) return { kind: 'waiting' }
    if (account?.health === 'unhealthy') {
      return { kind: 'ill', reason: account.healthReason ?? 'The account has to be connected again.' }
    }
    return outOfPatience ? { kind: 'silent' } : { kind: 'waiting' }
  }

  return { reading, ask: () => sync.mutate() }
}
