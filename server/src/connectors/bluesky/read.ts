import { z } from 'zod'
import { storableText } from '../../infra/outbound-http/told-text.ts'
import type { PostMetricName, PostMetrics, ReadCapability } from '../connector.ts'
import { withFailures } from './errors.ts'
import { callXrpc } from './xrpc.ts'

/** From the lexicon `app.bsky.feed.getPosts`. */
const postsPerCall = 25

const counter = z.number().int().nonnegative().optional()
const postView = z.looseObject({
  uri: z.string(),
  likeCount: counter,
  replyCount: counter,
  repostCount: counter,
  quoteCount: counter,
})
/** Each is parsed on its own: a view that is malformed costs no other post its numbers. */
const postViews = z.object({ posts: z.array(z.unknown()) })
const namedView = z.object({ uri: z.string() })

/** Of names that identify: no white space, nor what PostgreSQL does not take or would keep as another character. */
export const printable = /^[^\s\p{Cc}\p{Cs}]+$/u

const profileView = z.object({
  did: z.string(),
  handle: z.string().regex(printable).max(300),
  displayName: z.string().optional(),
  avatar: z.string().optional(),
  followersCount: counter,
  followsCount: counter,
  postsCount: counter,
})

function toMetrics(view: z.infer<typeof postView>): PostMetrics {
  const told: [PostMetricName, number | undefined][] = [
    ['likes', view.likeCount],
    ['comments', view.replyCount],
    ['shares', view.repostCount],
    ['quotes', view.quoteCount],
  ]
  const metrics: PostMetrics['metrics'] = Object.fromEntries(told.filter(([, count]) => count !== undefined))
  return { platformPostId: view.uri, metrics, raw: view }
}

/**
 * What was told of the posts that were asked for. A malformed view that names no such post may be that of any post of
 * which nothing else is told: none of those may then be taken for removed.
 */
function readViews(views: readonly unknown[], asked: readonly string[]): PostMetrics[] {
  const told = new Map<string, PostMetrics>()
  let nameless: string | undefined
  for (const view of views) {
    const read = postView.safeParse(view)
    if (read.success) {
      told.set(read.data.uri, toMetrics(read.data))
      continue
    }
    const reason = reasonOf(read.error)
    const uri = namedView.safeParse(view).data?.uri
    if (uri === undefined || !asked.includes(uri)) nameless = reason
    else if (!told.has(uri)) told.set(uri, unreadable(uri, reason))
  }
  if (nameless !== undefined) {
    const reason = `the answer has a post without a name, which may be this one (${nameless})`
    for (const uri of asked) if (!told.has(uri)) told.set(uri, unreadable(uri, reason))
  }
  return [...told.values()]
}

const unreadable = (uri: string, reason: string): PostMetrics => ({
  platformPostId: uri,
  metrics: {},
  raw: null,
  unreadable: reason,
})

/** By the parser's words alone, which repeat nothing of the answer. */
const reasonOf = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => [...path, message].join(': ')).join('; ')

/** From the lexicon `app.bsky.actor.profile`, where it is a limit of bytes. */
const displayNameMax = 640
const avatarUrlMax = 4_000

/** Cut at whole characters, whatever a server lets through; null where nothing is left. */
function displayNameOf(told: string): string | null {
  const name = storableText(told.slice(0, 2 * displayNameMax).replace(/\p{Cc}/gu, ' ')).trim()
  return Array.from(name).slice(0, displayNameMax).join('') || null
}

function avatarOf(told: string | undefined): string | null {
  if (told === undefined || !URL.canParse(told)) return null
  const { href, protocol } = new URL(told)
  return /^https?:$/.test(protocol) && href.length <= avatarUrlMax ? href : null
}

/** Both calls go to the account's own server, which passes them on to the AppView that counts. */
export const read: ReadCapability = {
  postsPerCall,

  async postMetrics(ctx, session, platformPostIds) {
    if (platformPostIds.length === 0) return []
    return withFailures(ctx, 'repeatable', async () => {
      const { serviceUrl, accessToken: token } = session
      const params = platformPostIds.map((uri) => ['uris', uri] as const)
      const { posts } = await callXrpc(
        ctx,
        { serviceUrl, nsid: 'app.bsky.feed.getPosts', token, params },
        postViews,
      )
      return readViews(posts, platformPostIds)
    })
  },

  async profile(ctx, session) {
    return withFailures(ctx, 'repeatable', async () => {
      const { serviceUrl, accessToken: token } = session
      const params = [['actor', session.platformAccountId]] as const
      const view = await callXrpc(
        ctx,
        { serviceUrl, nsid: 'app.bsky.actor.getProfile', token, params },
        profileView,
      )
      return {
        platformAccountId: view.did,
        username: view.handle,
        displayName: displayNameOf(view.displayName ?? ''),
        avatarUrl: avatarOf(view.avatar),
        followersCount: view.followersCount ?? null,
        followingCount: view.followsCount ?? null,
        postsCount: view.postsCount ?? null,
      }
    })
  },
}
