import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { operationsKey } from '../../api/keys.ts'
import { operationsQuery, runDuty } from '../../api/operations.ts'
import type { OperatorDuty } from '../../api/types.ts'
import { announce } from '../../ui/live-region.tsx'

const askAgainMs = 1_000

export interface Asking {
  /** From the click until the run that it brought about has ended. */
  readonly waiting: boolean
  readonly error: Error | null
  start(): void
}

/** Asks for a duty and follows it to its end. Which run is its own is told by the id that was latest before. */
export function useRunDuty(duty: OperatorDuty): Asking {
  const queries = useQueryClient()
  const [last] = duty.runs
  const [before, setBefore] = useState<{ runId: string | undefined } | null>(null)
  const request = useMutation({
    mutationFn: () => runDuty(duty.name),
    onMutate: () => setBefore({ runId: last?.id }),
    onSuccess: () => queries.invalidateQueries({ queryKey: operationsKey }),
    onError: () => setBefore(null),
  })
  useQuery({ ...operationsQuery, refetchInterval: before ? askAgainMs : false })
  const ended = before !== null && last !== undefined && last.id !== before.runId && last.result !== 'running'
  useEffect(() => {
    if (!ended) return
    setBefore(null)
    const failed = last?.result === 'failed'
    announce(failed ? `${duty.title}: it failed` : `${duty.title}: done`, failed ? 'bad' : 'good')
  }, [ended, last?.result, duty.title])
  return { waiting: before !== null, error: request.error, start: () => request.mutate() }
}
