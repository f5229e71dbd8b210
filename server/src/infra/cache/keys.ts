/**
 * Every key and channel of the cache with its lifetime: the only place where they are named.
 *
 * Names are the sources'. What belongs to a workspace is prefixed by it: `workspace:{id}:content:cache:{id}`.
 * In front, because a UUID has one length and one spelling there, so that no choice of the parts behind it
 * can reach into another workspace; and because all that is kept of a workspace can be found by one prefix.
 * Parts are percent-encoded, so that none contains a colon: ("a:b", "c") and ("a", "b:c") are two keys.
 *
 * A user stands above workspaces: sessions and rate limits are personal. Notifications are not, although they
 * name a user: what they tell happened in one workspace, and leaving it must end them.
 */
import { createHash } from 'node:crypto'
import type { CacheKey, Channel, KeyKind } from './cache.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

export const cacheKeys = {
  userSession: personalKey('value', 'user:session:{user_id}', 24 * hourMs),
  content: workspaceKey('value', 'content:cache:{content_id}', hourMs),
  performance: workspaceKey('value', 'analytics:performance:{content_id}:{platform}', 15 * minuteMs),
  rateLimit: personalKey('limit', 'rate_limit:{user_id}:{endpoint}', hourMs),
  /** Guards what is asked before one has signed in: the subject is an address or an e-mail address. */
  throttle: personalKey('limit', 'throttle:{action}:{subject}', minuteMs),
  liveEngagement: workspaceKey('counts', 'engagement:live:{content_id}', hourMs),
}

export const cacheChannels = {
  notifications: workspaceChannel('channel:notifications:{user_id}'),
  analyticsUpdates: workspaceChannel('channel:analytics:updates'),
  generationStatus: workspaceChannel('channel:content:generation:status'),
}

type Placeholder<Template> = Template extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholder<Rest>
  : never
type Parts<Template> = Readonly<Record<Placeholder<Template>, string>>

function personalKey<Kind extends KeyKind, Template extends string>(
  kind: Kind,
  template: Template,
  lifetimeMs: number,
) {
  const build = (parts: Parts<Template>): CacheKey<Kind> => ({
    kind,
    name: fill(template, parts),
    lifetimeMs,
  })
  return Object.assign(build, { kind, template, lifetimeMs, ofWorkspace: false })
}

function workspaceKey<Kind extends KeyKind, Template extends string>(
  kind: Kind,
  template: Template,
  lifetimeMs: number,
) {
  const build = (workspaceId: string, parts: Parts<Template>): CacheKey<Kind> => ({
    kind,
    name: withinWorkspace(workspaceId, fill(template, parts)),
    lifetimeMs,
  })
  return Object.assign(build, { kind, template, lifetimeMs, ofWorkspace: true })
}

function workspaceChannel<Template extends string>(template: Template) {
  const build = (workspaceId: string, parts: Parts<Template>): Channel => ({
    kind: 'channel',
    name: withinWorkspace(workspaceId, fill(template, parts)),
  })
  return Object.assign(build, { template, ofWorkspace: true })
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function withinWorkspace(workspaceId: string, name: string): string {
  const id = workspaceId.toLowerCase()
  if (!uuid.test(id)) throw new TypeError(`"${workspaceId}" is no workspace id`)
  return `workspace:${id}:${name}`
}

function fill(template: string, parts: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const part = parts[name]
    if (part === undefined) throw new TypeError(`${template} needs ${name}`)
    return encodePart(part)
  })
}

const longestPart = 200

/** A digest stands for what is too long, so that what strangers send cannot make a name of any length. */
function encodePart(part: string): string {
  const encoded = encodeURIComponent(part.toWellFormed())
  if (encoded.length <= longestPart) return encoded
  return `sha256=${createHash('sha256').update(encoded).digest('hex')}`
}
