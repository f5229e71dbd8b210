import type { z } from 'zod'

/** What a key names: a value kept for a while, a set of live counters, or a limited number of tries. */
export type KeyKind = 'value' | 'counts' | 'limit'

/** Made by the builders in `keys.ts` alone: the name is unambiguous and its lifetime is part of it. */
export interface CacheKey<Kind extends KeyKind> {
  readonly kind: Kind
  readonly name: string
  readonly lifetimeMs: number
}
export type ValueKey = CacheKey<'value'>
export type CountsKey = CacheKey<'counts'>
export type LimitKey = CacheKey<'limit'>

export interface Channel {
  readonly kind: 'channel'
  readonly name: string
}

export type Counts = Readonly<Record<string, number>>

/** Where a caller stands within a limit. */
export interface Tries {
  readonly allowed: boolean
  /** Tries in the present window, this one and refused ones included. */
  readonly used: number
  /** After this many milliseconds the next window begins. */
  readonly resetsInMs: number
  /** False where only this server's tries are known, because the engine behind the cache is away. */
  readonly exact: boolean
}

export interface Subscriber<Message> {
  onMessage(message: Message): void
  /** Messages may have been missed during an outage that is over now: whoever must know all asks anew. */
  onResume?(): void
}

/**
 * What is cheap to lose, shared by all servers of an installation. No call rejects because an engine is away.
 * The first call that meets a hanging engine waits up to a second (two behind a queue of others), all further
 * ones answer at once: `isServing()` is false then, and each method does what its comment says. Rejections are
 * programming errors: values that are no JSON, messages that are too large.
 */
export interface Cache {
  /**
   * The value last set, or undefined: never set, forgotten, expired, or not readable by the schema. A server
   * may forget at any moment; none returns what another has overwritten or deleted more than a moment ago.
   * The exception is a server that is cut off while others are not: what it changes meanwhile is taken back
   * from the others once it is in touch again, or when the value's lifetime ends. Away: undefined.
   */
  get<T>(key: ValueKey, schema: z.ZodType<T>): Promise<T | undefined>
  /** Keeps JSON for the key's lifetime. Away, or above `mostValueBytes`: only takes the former value back. */
  set(key: ValueKey, value: unknown): Promise<void>
  /** Away: taken back as soon as the engine is there again. */
  delete(key: ValueKey): Promise<void>
  /**
   * Adds whole numbers to the named counters of a key, atomically across servers, and returns them all. They
   * live until the key's lifetime has passed since the last addition. Never repeated: an addition without an
   * answer is counted once or not at all. Away: dropped, undefined.
   */
  addCounts(key: CountsKey, added: Counts): Promise<Counts | undefined>
  /** Undefined where nothing was counted within the key's lifetime. Away: undefined. */
  findCounts(key: CountsKey): Promise<Counts | undefined>
  /**
   * Takes one try. Exact across servers: of any number of tries in one window, `most` are allowed. The window
   * is fixed, begins with the first try and lasts the key's lifetime, measured by the engine's clock; so
   * around its end up to twice `most` can pass within one lifetime. Away: approximate, each server counts its
   * own tries on from the last exact figure it has seen, so that several servers allow up to `most` each.
   * A restart of the engine begins all windows anew.
   */
  takeTry(key: LimitKey, most: number): Promise<Tries>
  /**
   * Hands a message to all present subscribers on all servers, at most once each; those of one server reach
   * every subscriber in the order in which they were published. Throws `MessageTooLarge` above
   * `mostMessageBytes`. Away: dropped.
   */
  publish(channel: Channel, message: unknown): Promise<void>
  /**
   * Resolves once messages arrive, with what ends the subscription; while the engine is away at once, and
   * they arrive when it is back. A message that the schema cannot read is logged and left out.
   */
  subscribe<T>(channel: Channel, schema: z.ZodType<T>, subscriber: Subscriber<T>): Promise<() => void>
  isServing(): boolean
  stop(): Promise<void>
}
