import { PartsFailed } from './duty.ts'

/** Work on one thing after the other, each tried whatever became of those before it, until the signal says so. */
export interface Attempts {
  attempt(name: string, work: () => Promise<unknown>): Promise<void>
  /** Throws what was collected. */
  end(): void
}

/** `failed` says of the names what became of them, for example "could not be archived". */
export function createAttempts(signal: AbortSignal, failed: string): Attempts {
  const failures: { name: string; error: unknown }[] = []
  return {
    async attempt(name, work) {
      signal.throwIfAborted()
      try {
        await work()
      } catch (error) {
        if (signal.aborted) throw error
        failures.push({ name, error })
      }
    },
    end() {
      if (failures.length) throw new PartsFailed(failed, failures)
    },
  }
}
