import { z } from 'zod'
import { platforms } from '../../connectors/connector.ts'

export const Platform = z.enum(platforms).meta({ id: 'Platform' })

const accountStatuses = [
  'active',
  'expired',
  'revoked',
  'error',
  'pending',
  'paused',
  'disconnected',
] as const
export const AccountStatus = z.enum(accountStatuses).meta({ id: 'AccountStatus' })
const accountHealths = ['healthy', 'degraded', 'unhealthy', 'unknown'] as const
export const AccountHealth = z.enum(accountHealths).meta({ id: 'AccountHealth' })

export const PlatformLimits = z
  .object({
    text: z.object({
      unit: z.enum(['graphemes', 'characters']),
      max: z.int(),
      maxBytes: z.int().optional(),
    }),
    images: z.object({
      max: z.int(),
      maxBytes: z.int(),
      maxEdgePx: z.int(),
      mimeTypes: z.array(z.string()).readonly(),
      altTextMax: z.int(),
    }),
  })
  .meta({ id: 'PlatformLimits' })

export const SocialAccount = z
  .object({
    id: z.uuid(),
    platform: Platform,
    platformName: z.string(),
    username: z.string(),
    displayName: z.string().nullable(),
    avatarUrl: z.string().nullable(),
    serviceUrl: z.string(),
    status: AccountStatus,
    health: AccountHealth,
    healthReason: z
      .string()
      .nullable()
      .describe('What is wrong and what to do, where health is not healthy.'),
    followersCount: z.number().nullable(),
    followingCount: z.number().nullable(),
    postsCount: z.number().nullable(),
    countsTakenAt: z.iso.datetime().nullable().describe('When the counts above were read from the network.'),
    limits: PlatformLimits,
    metricLabels: z.record(z.string(), z.string()).describe("The network's own words for our metric names."),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'SocialAccount' })
export type SocialAccount = z.infer<typeof SocialAccount>

export const ConnectAccountInput = z
  .object({
    platform: z.literal('bluesky'),
    handle: z.string().trim().min(1, 'is empty: enter your handle, like you.bsky.social').max(254),
    appPassword: z.string().min(1, 'is empty: make one in Bluesky under Settings, App passwords').max(200),
    serviceUrl: z
      .url({ protocol: /^https?$/, error: 'is no server address: use one like https://bsky.social' })
      .max(300)
      .optional()
      .describe('Where the account lives; https://bsky.social when absent.'),
  })
  .meta({ id: 'ConnectAccount' })
export type ConnectAccountInput = z.infer<typeof ConnectAccountInput>

/** Notice upward: an account was connected, for the first time or again. */
export const accountConnected = {
  name: 'account_connected',
  payload: z.object({ workspaceId: z.uuid(), accountId: z.uuid() }),
}
export type AccountRef = z.infer<typeof accountConnected.payload>

/** Tells whoever connected an account that it must be connected again. */
export const tellOwnerJob = { name: 'tell_owner', payload: accountConnected.payload }
