import { ClickHouseException } from './exception.ts'

/** A fixed number of things that are lent one at a time, in the order of asking. */
export interface Places<T> {
  /** Resolves with a free thing, by preference one that suits; rejects when the signal aborts. */
  take(suits: (candidate: T) => boolean, signal: AbortSignal): Promise<T>
  giveBack(thing: T): void
  /** Refuses everybody who waits and everybody who comes. */
  close(reason: Error): void
  allFree(): Promise<void>
}

/** Requests that may wait; more are refused at once, as a server does above max_concurrent_queries. */
const longestQueue = 1_000

export function createPlaces<T>(things: readonly T[]): Places<T> {
  const free = [...things]
  const waiting = new Set<{ resolve(thing: T): void; reject(reason: Error): void }>()
  const whenAllFree: (() => void)[] = []
  let closedBecause: Error | undefined

  return {
    take(suits, signal) {
      if (closedBecause) return Promise.reject(closedBecause)
      if (signal.aborted) return Promise.reject(new Error('the request was aborted'))
      const index = free.findIndex(suits)
      const [found] = free.splice(index === -1 ? 0 : index, 1)
      if (found !== undefined) return Promise.resolve(found)
      if (waiting.size >= longestQueue) {
        const detail = `Too many simultaneous queries: ${longestQueue} are waiting already.`
        return Promise.reject(new ClickHouseException(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', detail))
      }
      return new Promise<T>((resolve, reject) => {
        const leave = () => {
          waiting.delete(request)
          reject(new Error('the request was aborted'))
        }
        const request = {
          resolve(thing: T) {
            signal.removeEventListener('abort', leave)
            resolve(thing)
          },
          reject(reason: Error) {
            signal.removeEventListener('abort', leave)
            reject(reason)
          },
        }
        waiting.add(request)
        signal.addEventListener('abort', leave, { once: true })
      })
    },
    giveBack(thing) {
      const [next] = waiting
      if (next !== undefined) {
        waiting.delete(next)
        next.resolve(thing)
        return
      }
      free.push(thing)
      if (free.length === things.length) for (const resolve of whenAllFree.splice(0)) resolve()
    },
    close(reason) {
      closedBecause = reason
      for (const request of waiting) request.reject(reason)
      waiting.clear()
    },
    allFree() {
      if (free.length === things.length) return Promise.resolve()
      return new Promise((resolve) => whenAllFree.push(resolve))
    },
  }
}
