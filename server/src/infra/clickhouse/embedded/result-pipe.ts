import { closeSync, constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Answer } from './response.ts'

/**
 * Reads what a query writes into a named pipe. The engine fills the pipe only as fast as the answer takes it,
 * so a result of any size passes through in bounded memory. After an answer has failed the rest is read and
 * dropped: a writer that nobody reads from would block for ever, before it could see that it is cancelled.
 */
export async function carryPipe<T>(
  pipePath: string,
  answer: Pick<Answer, 'write'>,
  query: () => Promise<T>,
  cancel: () => void,
): Promise<T> {
  // Held open for writing too, until the query has ended: the pipe cannot end before the engine has opened it.
  const holder = openSync(pipePath, constants.O_RDWR | constants.O_NONBLOCK)
  const pipe = new Socket({
    fd: openSync(pipePath, constants.O_RDONLY | constants.O_NONBLOCK),
    writable: false,
  })
  const carrying = (async () => {
    let failure: unknown
    for await (const chunk of pipe) {
      if (failure !== undefined) continue
      try {
        await answer.write(chunk)
      } catch (error) {
        failure = error
        cancel()
      }
    }
    if (failure !== undefined) throw failure
  })()
  const [result, carried] = await Promise.allSettled([query().finally(() => closeSync(holder)), carrying])
  if (result.status === 'rejected') throw result.reason
  if (carried.status === 'rejected') throw carried.reason
  return result.value
}
