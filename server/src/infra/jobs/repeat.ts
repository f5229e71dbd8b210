import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../log.ts'

export interface Repetition {
  /** Waits for a running turn to end. */
  stop(): Promise<void>
}

/** Does something again and again, one turn at a time; a turn that fails is logged and the next one comes. */
export function repeat(options: {
  name: string
  everyMs: number
  log: Log
  run: () => Promise<void>
}): Repetition {
  const stopping = new AbortController()
  const turns = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await options.run()
      } catch (error) {
        options.log.warn({ task: options.name, err: error }, 'a repeated task failed; it is tried again')
      }
      await delay(options.everyMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await turns
    },
  }
}
