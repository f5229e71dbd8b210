import type { ZodType } from 'zod'
import { z } from 'zod'
import type { ConnectorContext } from '../connector.ts'

/** A server's answer that says no. `errorName` is empty where the answer is not of the AT Protocol's form. */
export class XrpcRefusal extends Error {
  override readonly name = 'XrpcRefusal'
  readonly status: number
  readonly errorName: string
  /** The server's own words, one line of at most 300 characters. */
  readonly detail: string
  readonly retryAt: Date | undefined
  /** Where a redirect that is not followed points to. */
  readonly location: string | undefined

  constructor(answer: Pick<XrpcRefusal, 'status' | 'errorName' | 'detail' | 'retryAt' | 'location'>) {
    super(`status ${answer.status} ${answer.errorName} ${answer.detail}`.trim())
    this.status = answer.status
    this.errorName = answer.errorName
    this.detail = answer.detail
    this.retryAt = answer.retryAt
    this.location = answer.location
  }
}

/** A server's answer of success whose content is not what the lexicon says. */
export class XrpcUnreadable extends Error {
  override readonly name = 'XrpcUnreadable'
}

export interface XrpcCall {
  readonly serviceUrl: string
  /** Name of the method, for example `com.atproto.repo.getRecord`. */
  readonly nsid: string
  readonly token?: string
  /** What else opens the account and is sent or known here: never repeated in an error. */
  readonly secrets?: readonly string[]
  /** Of a query: each pair becomes a parameter. */
  readonly params?: readonly (readonly [name: string, value: string])[]
  /** Of a procedure: JSON, or bytes of a media type; null for a procedure without input. */
  readonly input?:
    | { readonly json: unknown }
    | { readonly bytes: Uint8Array; readonly mimeType: string }
    | null
}

const errorBody = z.object({ error: z.string().min(1), message: z.string().optional() })

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // not JSON: an answer that is judged as such
  }
}

/** A server may repeat what it was sent; its words end up in logs and before people. */
function withoutSecrets(text: string, { token, secrets = [] }: XrpcCall): string {
  return [token ?? '', ...secrets]
    .filter(Boolean)
    .reduce((left, secret) => left.replaceAll(secret, '…'), text)
}

/** `ratelimit-reset` is in seconds since 1970, `retry-after` in seconds from now or a date. */
function retryAtOf(headers: Headers, now: Date): Date | undefined {
  const reset = Number(headers.get('ratelimit-reset') ?? Number.NaN)
  if (Number.isFinite(reset) && reset > 0) return new Date(reset * 1_000)
  const after = headers.get('retry-after')
  if (after === null) return undefined
  const at = /^\d+$/.test(after) ? now.getTime() + Number(after) * 1_000 : Date.parse(after)
  return Number.isNaN(at) ? undefined : new Date(at)
}

/**
 * One call of the AT Protocol's HTTP interface (https://atproto.com/specs/xrpc). Rejects with `XrpcRefusal`,
 * `XrpcUnreadable` or what the guarded fetch throws. Written here and not taken from `@atproto/api`, because
 * that client folds every fault of the connection into one, and whether a request was sent must stay known.
 */
export async function callXrpc<T>(ctx: ConnectorContext, call: XrpcCall, answer: ZodType<T>): Promise<T> {
  const url = new URL(`/xrpc/${call.nsid}`, call.serviceUrl)
  for (const [name, value] of call.params ?? []) url.searchParams.append(name, value)
  const headers = new Headers({ accept: 'application/json' })
  if (call.token !== undefined) headers.set('authorization', `Bearer ${call.token}`)
  const init: RequestInit = { headers, signal: ctx.signal, method: call.input === undefined ? 'GET' : 'POST' }
  if (call.input && 'json' in call.input) {
    headers.set('content-type', 'application/json')
    init.body = JSON.stringify(call.input.json)
  } else if (call.input) {
    headers.set('content-type', call.input.mimeType)
    init.body = new Uint8Array(call.input.bytes)
  }

  const response = await ctx.fetch(url, init)
  const body = parseJson(await response.text())
  if (!response.ok) {
    const told = errorBody.safeParse(body).data
    throw new XrpcRefusal({
      status: response.status,
      errorName: told?.error ?? '',
      detail: withoutSecrets(told?.message ?? '', call)
        .replace(/[\p{Cc}\s]+/gu, ' ')
        .slice(0, 300),
      retryAt: retryAtOf(response.headers, ctx.clock.now()),
      location: response.headers.get('location') ?? undefined,
    })
  }
  const parsed = answer.safeParse(body)
  if (!parsed.success) {
    throw new XrpcUnreadable(`${call.nsid} gave an unexpected answer: ${z.prettifyError(parsed.error)}`)
  }
  return parsed.data
}
