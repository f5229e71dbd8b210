import type { z } from 'zod'
import type { Log } from '../log.ts'
import type { Subscriber } from './cache.ts'
import { readJson } from './encoding.ts'

export interface Subscribers {
  /** Returns what ends the subscription; calling it again does nothing. */
  add<T>(channel: string, schema: z.ZodType<T>, subscriber: Subscriber<T>): () => void
  deliver(channel: string, text: string): void
  /** Tells everybody that messages may have been missed. */
  resume(): void
  channels(): string[]
}

/** The subscribers of this server. One that throws is logged and keeps nobody else from a message. */
export function createSubscribers(log: Log, onEmpty: (channel: string) => void): Subscribers {
  interface Receiver {
    receive(text: string): void
    resume(): void
  }
  const byChannel = new Map<string, Set<Receiver>>()

  const guarded = (channel: string, work: () => void) => {
    try {
      work()
    } catch (error) {
      log.error({ channel, err: error }, 'a subscriber failed on a message')
    }
  }

  return {
    add(channel, schema, subscriber) {
      const receiver: Receiver = {
        receive(text) {
          const message = readJson(text, schema)
          if (message === undefined) return log.error({ channel }, 'a message could not be read')
          guarded(channel, () => subscriber.onMessage(message))
        },
        resume: () => guarded(channel, () => subscriber.onResume?.()),
      }
      const receivers = byChannel.get(channel) ?? new Set()
      byChannel.set(channel, receivers.add(receiver))
      return () => {
        if (!receivers.delete(receiver) || receivers.size) return
        byChannel.delete(channel)
        onEmpty(channel)
      }
    },
    deliver(channel, text) {
      for (const receiver of [...(byChannel.get(channel) ?? [])]) receiver.receive(text)
    },
    resume() {
      for (const receivers of [...byChannel.values()])
        for (const receiver of [...receivers]) receiver.resume()
    },
    channels: () => [...byChannel.keys()],
  }
}
