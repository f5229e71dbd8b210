/**
 * The contract between the product and one social network. A connector is a folder that exports one
 * `Connector`: its limits are data, its capabilities optional objects. It reaches the network only through
 * the `fetch` of its context, keeps nothing, and reports every fault as a `ConnectorFailure`.
 */
import type { Clock } from '../infra/clock.ts'
import type { GuardedFetch } from '../infra/outbound-http/guarded-fetch.ts'

export const platforms = [
  'facebook',
  'instagram',
  'threads',
  'x',
  'linkedin',
  'tiktok',
  'youtube',
  'bluesky',
  'mastodon',
] as const
export type Platform = (typeof platforms)[number]

/** The product's names for cumulative counters of a post; a connector translates its network's own. */
export const postMetricNames = [
  'likes',
  'comments',
  'shares',
  'quotes',
  'views',
  'impressions',
  'reach',
  'clicks',
  'saves',
] as const
export type PostMetricName = (typeof postMetricNames)[number]

export interface ConnectorContext {
  readonly fetch: GuardedFetch
  readonly clock: Clock
  /** Aborts when the caller's time limit is over. */
  readonly signal: AbortSignal
}

/** Limits of one network, as data: the composer, the validation and the media preparation read them. */
export interface PlatformLimits {
  readonly text: {
    /** The unit in which the network counts, and what the composer shows. */
    readonly unit: 'graphemes' | 'characters'
    readonly max: number
    readonly maxBytes?: number
  }
  readonly images: {
    readonly max: number
    readonly maxBytes: number
    readonly maxEdgePx: number
    readonly mimeTypes: readonly string[]
    readonly altTextMax: number
  }
}

/** Everything a capability needs to act as one connected account. Tokens are in the clear, for this call only. */
export interface AccountSession {
  /** Identity on the platform that never changes, for example a DID. */
  readonly platformAccountId: string
  readonly username: string
  /** Origin of the server that holds the account, for example `https://bsky.social`. */
  readonly serviceUrl: string
  readonly accessToken: string
  readonly refreshToken: string
  readonly tokenExpiresAt: Date
}

export interface AccountProfile {
  readonly platformAccountId: string
  readonly username: string
  readonly displayName: string | null
  readonly avatarUrl: string | null
  /** Null where the network does not tell. */
  readonly followersCount: number | null
  readonly followingCount: number | null
  readonly postsCount: number | null
}

export interface PreparedImage {
  readonly bytes: Uint8Array
  readonly mimeType: string
  readonly widthPx: number
  readonly heightPx: number
  readonly altText: string
}

/** One run of a post's text as the network shows it. Concatenated `text` is the whole text. */
export type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly url: string }
  | { readonly kind: 'hashtag'; readonly text: string; readonly tag: string }
  /** `platformAccountId` is null when nobody of that name exists: the network then shows plain text. */
  | { readonly kind: 'mention'; readonly text: string; readonly platformAccountId: string | null }

/** A reason why a text or its media do not fit, with the remedy in `message`. */
export interface FitFault {
  readonly field: 'text' | 'media'
  readonly message: string
}

/** A post as one network will show it. The preview and the publication use the same rendering. */
export interface RenderedPost {
  readonly text: string
  readonly segments: readonly Segment[]
  readonly count: number
  readonly bytes: number
  readonly faults: readonly FitFault[]
}

/** What identifies one publication on the network, whatever happens to the process that sends it. */
export interface PublicationIdentity {
  readonly publicationId: string
  /** Fixed when the publication was first claimed, so that a repeated send is the same to the letter. */
  readonly createdAt: Date
}

export interface PlatformPost {
  readonly platformPostId: string
  readonly url: string
}

export interface PublishCapability {
  /**
   * Renders text for the preview and for sending. `mentions` are resolved through the network when a
   * `ctx` is given. Creates nothing.
   */
  render(text: string, ctx: ConnectorContext | null, serviceUrl: string): Promise<RenderedPost>
  /** Uploads images; must be harmless when repeated. Returns what `send` needs, as plain JSON. */
  upload(ctx: ConnectorContext, session: AccountSession, images: readonly PreparedImage[]): Promise<unknown>
  /**
   * Makes the post visible. Must be idempotent for one identity where the network allows it. After bytes
   * may have left the machine, a fault whose outcome is unknown is `outcome_unknown`, never anything else.
   */
  send(
    ctx: ConnectorContext,
    session: AccountSession,
    post: { identity: PublicationIdentity; rendered: RenderedPost; uploaded: unknown },
  ): Promise<PlatformPost>
  /** Looks for what an earlier `send` of this identity may have created. Null: certainly nothing there. */
  findOwn(
    ctx: ConnectorContext,
    session: AccountSession,
    identity: PublicationIdentity,
  ): Promise<PlatformPost | null>
}

export interface PostMetrics {
  readonly platformPostId: string
  /** Only what the network told; a counter that it does not tell is absent, never zero. */
  readonly metrics: Partial<Record<PostMetricName, number>>
  /** The network's answer for this post, kept with the snapshot. */
  readonly raw: unknown
  /** Why the network's answer for this post could not be read. Then it says nothing about the post. */
  readonly unreadable?: string
}

export interface ReadCapability {
  /** Largest number of posts that one `postMetrics` call takes. */
  readonly postsPerCall: number
  /**
   * Posts that the network no longer has are missing from the answer. One that is told in a way that cannot be read is
   * there all the same, marked `unreadable`, and costs no other its numbers.
   */
  postMetrics(
    ctx: ConnectorContext,
    session: AccountSession,
    platformPostIds: readonly string[],
  ): Promise<PostMetrics[]>
  profile(ctx: ConnectorContext, session: AccountSession): Promise<AccountProfile>
}

/** Signing in with a name and an app password, at a server that the person may name. */
export interface PasswordAuthCapability {
  readonly kind: 'app_password'
  readonly defaultServiceUrl: string
  /** Fails with `rejected` and a text that says which of name, password or server is wrong. */
  connect(
    ctx: ConnectorContext,
    input: { serviceUrl: string; username: string; appPassword: string },
  ): Promise<AccountSession>
  /** New tokens from the refresh token; `auth_expired` where the session was revoked. */
  refresh(ctx: ConnectorContext, session: AccountSession): Promise<AccountSession>
}

export interface Connector {
  readonly platform: Platform
  readonly displayName: string
  readonly limits: PlatformLimits
  /** What the network itself calls a counter, for its readers: `{ comments: 'Replies' }`. */
  readonly metricLabels: Partial<Record<PostMetricName, string>>
  readonly auth: PasswordAuthCapability
  readonly publish?: PublishCapability
  readonly read?: ReadCapability
}
