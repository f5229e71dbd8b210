/**
 * The Bluesky network of the test run. Test files share nothing on it but the servers, as each acts with accounts of
 * its own.
 */
import { inject } from 'vitest'
import { z } from 'zod'
import { type BlueskyNetwork, networkOf } from './network.ts'
import type { Ask } from './network-process.ts'

const whereabouts = z.object({ pid: z.number(), pdsUrl: z.string() })

/** It goes on when a test is done with it. */
export async function joinBlueskyNetwork(): Promise<BlueskyNetwork> {
  const url = inject('networkUrl')
  const call = async (init: RequestInit = {}): Promise<unknown> => {
    const response = await fetch(url, init)
    if (!response.ok) throw new Error(`the run's Bluesky network: ${await response.text()}`)
    return response.json()
  }
  const ask = async (question: Ask) => {
    await call({ method: 'POST', body: JSON.stringify(question) })
  }
  return networkOf({ ...whereabouts.parse(await call()), ask })
}
