import { z } from 'zod'
import type { ConnectorContext, FitFault, RenderedPost, Segment } from '../connector.ts'
import { limits, tagMaxBytes } from './limits.ts'
import { callXrpc, XrpcRefusal } from './xrpc.ts'

const { max: maxGraphemes, maxBytes = Number.POSITIVE_INFINITY } = limits.text
/** Far beyond any post: such a text is not looked through for what could be linked. */
const hopelessBytes = 2 * maxBytes
const resolvedAtOnce = 5
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** The form that the lexicon language demands of a `uri`; a record with any other is refused whole. */
const lexiconUri = /^\w+:(?:\/\/)?[^\s/][^\s]*$/

/** Finds the DID of a handle; null where nobody has it. */
export type ResolveHandle = (handle: string) => Promise<string | null>

/**
 * Splits text as the official app does, with its own code. `@atproto/api` costs 65 MB and a fifth of a
 * second, so it is loaded with the first text and not with the server.
 */
async function detectSegments(text: string): Promise<Segment[]> {
  const { RichText } = await import('@atproto/api')
  const rich = new RichText({ text })
  rich.detectFacetsWithoutResolution()
  return Array.from(rich.segments(), (segment): Segment => {
    const run = segment.text
    if (segment.link && URL.canParse(segment.link.uri) && lexiconUri.test(segment.link.uri)) {
      return { kind: 'link', text: run, url: segment.link.uri }
    }
    if (segment.tag && Buffer.byteLength(segment.tag.tag) <= tagMaxBytes) {
      return { kind: 'hashtag', text: run, tag: segment.tag.tag }
    }
    if (segment.mention) return { kind: 'mention', text: run, platformAccountId: null }
    return { kind: 'text', text: run }
  })
}

async function resolveMentions(segments: readonly Segment[], resolve: ResolveHandle): Promise<Segment[]> {
  const handleOf = (segment: Segment) => segment.text.slice(1).toLowerCase()
  const handles = new Set(segments.filter(({ kind }) => kind === 'mention').map(handleOf))
  const dids = new Map<string, string | null>()
  // All take from the one iterator, so that each handle is asked for once and only a few at a time.
  const waiting = handles.values()
  const askOneByOne = async () => {
    for (const handle of waiting) dids.set(handle, await resolve(handle))
  }
  await Promise.all(Array.from({ length: resolvedAtOnce }, askOneByOne))
  return segments.map((segment) =>
    segment.kind === 'mention'
      ? { ...segment, platformAccountId: dids.get(handleOf(segment)) ?? null }
      : segment,
  )
}

async function segmentsOf(text: string, bytes: number): Promise<Segment[]> {
  if (text === '') return []
  return bytes > hopelessBytes ? [{ kind: 'text', text }] : detectSegments(text)
}

function findFaults(count: number, bytes: number): FitFault[] {
  if (count > maxGraphemes) {
    return [
      {
        field: 'text',
        message: `Bluesky takes ${maxGraphemes} characters; shorten the text by ${count - maxGraphemes}.`,
      },
    ]
  }
  if (bytes > maxBytes) {
    const message = `Bluesky takes ${maxBytes} bytes of text and this has ${bytes}; use fewer emoji and combined characters.`
    return [{ field: 'text', message }]
  }
  return []
}

/**
 * Renders text as Bluesky shows it. The text goes out exactly as it is rendered: nothing is trimmed, and
 * only halves of surrogate pairs, which UTF-8 can't carry, are replaced. Mentions stay unresolved where
 * `resolve` is null or the text does not fit anyway.
 */
export async function renderText(typed: string, resolve: ResolveHandle | null): Promise<RenderedPost> {
  const text = typed.toWellFormed()
  const count = Array.from(graphemes.segment(text)).length
  const bytes = Buffer.byteLength(text)
  const faults = findFaults(count, bytes)
  const found = await segmentsOf(text, bytes)
  const segments = resolve && !faults.length ? await resolveMentions(found, resolve) : found
  return { text, segments, count, bytes, faults }
}

/** Asks a server whom a handle belongs to. A 400 is its answer that nobody, or nobody valid, has it. */
export function handleResolver(ctx: ConnectorContext, serviceUrl: string): ResolveHandle {
  return async (handle) => {
    const call = {
      serviceUrl,
      nsid: 'com.atproto.identity.resolveHandle',
      params: [['handle', handle]] as const,
    }
    try {
      return (await callXrpc(ctx, call, z.object({ did: z.string().startsWith('did:') }))).did
    } catch (error) {
      if (error instanceof XrpcRefusal && error.status === 400) return null
      throw error
    }
  }
}
