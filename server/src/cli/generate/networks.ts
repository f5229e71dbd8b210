/** The networks as the generator plays them: what they tell, how fast a post lives there, how large accounts are. */
import type { Platform } from '../../infra/postgres/schema.generated.ts'
import type { Rhythm } from './calendar.ts'

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

export interface Network {
  readonly platform: Platform
  readonly label: string
  readonly rhythm: Rhythm
  /** Hours, of ordinary activity, after which a good half of a post's numbers have come. */
  readonly tauHours: number
  readonly followersMedian: number
  /** Part of the followers that one ordinary post reaches. */
  readonly reachRate: number
  /** Each counter that the network tells, as a share of the people reached. */
  readonly tells: Readonly<Partial<Record<PostMetricName, number>>>
  readonly maxText: number
  readonly pays: boolean
  readonly postTypes: readonly string[]
}

const network = (platform: Platform, label: string, rest: Omit<Network, 'platform' | 'label'>): Network => ({
  platform,
  label,
  ...rest,
})

export const networks: readonly Network[] = [
  network('bluesky', 'Bluesky', {
    rhythm: 'leisure',
    tauHours: 5,
    followersMedian: 1_900,
    reachRate: 0.22,
    tells: { likes: 0.045, comments: 0.005, shares: 0.009, quotes: 0.0015 },
    maxText: 300,
    pays: false,
    postTypes: ['text', 'photo', 'link'],
  }),
  network('mastodon', 'Mastodon', {
    rhythm: 'leisure',
    tauHours: 7,
    followersMedian: 1_100,
    reachRate: 0.25,
    tells: { likes: 0.035, comments: 0.005, shares: 0.014 },
    maxText: 500,
    pays: false,
    postTypes: ['text', 'photo', 'status'],
  }),
  network('instagram', 'Instagram', {
    rhythm: 'leisure',
    tauHours: 18,
    followersMedian: 7_400,
    reachRate: 0.21,
    tells: { likes: 0.062, comments: 0.0042, shares: 0.006, views: 1.35, reach: 1, saves: 0.009 },
    maxText: 2_200,
    pays: false,
    postTypes: ['photo', 'reel', 'photo'],
  }),
  network('facebook', 'Facebook', {
    rhythm: 'leisure',
    tauHours: 9,
    followersMedian: 5_200,
    reachRate: 0.09,
    tells: { likes: 0.028, comments: 0.004, shares: 0.004, impressions: 1.18, reach: 1, clicks: 0.019 },
    maxText: 5_000,
    pays: true,
    postTypes: ['photo', 'link', 'video'],
  }),
  network('threads', 'Threads', {
    rhythm: 'leisure',
    tauHours: 8,
    followersMedian: 2_300,
    reachRate: 0.17,
    tells: { likes: 0.034, comments: 0.006, shares: 0.003, quotes: 0.001, views: 1 },
    maxText: 500,
    pays: false,
    postTypes: ['text', 'photo'],
  }),
  network('x', 'X', {
    rhythm: 'leisure',
    tauHours: 3.5,
    followersMedian: 4_300,
    reachRate: 0.24,
    tells: { likes: 0.013, comments: 0.0013, shares: 0.0022, quotes: 0.0004, impressions: 1, saves: 0.0011 },
    maxText: 280,
    pays: false,
    postTypes: ['text', 'photo', 'link'],
  }),
  network('linkedin', 'LinkedIn', {
    rhythm: 'business',
    tauHours: 22,
    followersMedian: 2_700,
    reachRate: 0.16,
    tells: { likes: 0.024, comments: 0.003, shares: 0.0014, impressions: 1.5, reach: 1, clicks: 0.031 },
    maxText: 3_000,
    pays: false,
    postTypes: ['text', 'photo', 'link'],
  }),
  network('tiktok', 'TikTok', {
    rhythm: 'leisure',
    tauHours: 40,
    followersMedian: 9_100,
    reachRate: 0.5,
    tells: { likes: 0.071, comments: 0.003, shares: 0.004, views: 1, saves: 0.007 },
    maxText: 2_200,
    pays: false,
    postTypes: ['video'],
  }),
  network('youtube', 'YouTube', {
    rhythm: 'leisure',
    tauHours: 110,
    followersMedian: 6_300,
    reachRate: 0.33,
    tells: { likes: 0.034, comments: 0.0035, views: 1 },
    maxText: 5_000,
    pays: true,
    postTypes: ['video'],
  }),
]
