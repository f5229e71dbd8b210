import type { ServerResponse } from 'node:http'

/** Server-sent events to one listener. */
export interface EventStream {
  /** Does nothing once the stream has ended. */
  send(event: string, content: object): void
  end(): void
  /** Aborted as soon as nothing more can be sent, whoever ended it. */
  readonly ended: AbortSignal
}

/**
 * With more than this unread, a listener has stopped reading and is cut off, so that it takes no more memory. A
 * browser connects anew by itself and reads everything again.
 */
const mostUnreadBytes = 1_000_000

/** Undefined where whoever asked has hung up already: nothing would tell of it any more. */
export function openEventStream(response: ServerResponse): EventStream | undefined {
  if (response.destroyed) return undefined
  const ending = new AbortController()
  const cutOff = () => {
    ending.abort()
    response.destroy()
  }
  response.on('error', cutOff)
  response.on('close', () => ending.abort())
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  return {
    ended: ending.signal,
    send(event, content) {
      if (ending.signal.aborted) return
      response.write(`event: ${event}\ndata: ${JSON.stringify(content)}\n\n`)
      if (response.writableLength > mostUnreadBytes) cutOff()
    },
    end() {
      // An end waits behind what is unread: whoever does not read would keep the connection for ever.
      if (response.writableLength > 0) return cutOff()
      ending.abort()
      response.end()
    },
  }
}
