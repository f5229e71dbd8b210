/**
 * Networks that have no connector yet, as far as accounts and posts of them can be shown: generated ones, and files
 * that somebody imports. Nothing of them ever calls a network.
 */
import type { Connector, Platform, PostMetricName } from './connector.ts'
import { ConnectorFailure } from './failure.ts'

interface Description {
  readonly displayName: string
  readonly maxText: number
  readonly metricLabels: Partial<Record<PostMetricName, string>>
}

const basic = { likes: 'Likes', comments: 'Comments', shares: 'Shares' }

const descriptions: Readonly<Partial<Record<Platform, Description>>> = {
  facebook: {
    displayName: 'Facebook',
    maxText: 63_206,
    metricLabels: {
      ...basic,
      likes: 'Reactions',
      impressions: 'Impressions',
      reach: 'Reach',
      clicks: 'Clicks',
    },
  },
  instagram: {
    displayName: 'Instagram',
    maxText: 2_200,
    metricLabels: { ...basic, views: 'Views', reach: 'Reach', saves: 'Saves' },
  },
  threads: {
    displayName: 'Threads',
    maxText: 500,
    metricLabels: {
      likes: 'Likes',
      comments: 'Replies',
      shares: 'Reposts',
      quotes: 'Quotes',
      views: 'Views',
    },
  },
  x: {
    displayName: 'X',
    maxText: 280,
    metricLabels: {
      likes: 'Likes',
      comments: 'Replies',
      shares: 'Reposts',
      quotes: 'Quotes',
      impressions: 'Impressions',
      saves: 'Bookmarks',
    },
  },
  linkedin: {
    displayName: 'LinkedIn',
    maxText: 3_000,
    metricLabels: {
      ...basic,
      likes: 'Reactions',
      shares: 'Reposts',
      impressions: 'Impressions',
      reach: 'Members reached',
      clicks: 'Clicks',
    },
  },
  tiktok: {
    displayName: 'TikTok',
    maxText: 2_200,
    metricLabels: { ...basic, views: 'Views', saves: 'Saves' },
  },
  youtube: {
    displayName: 'YouTube',
    maxText: 5_000,
    metricLabels: { likes: 'Likes', comments: 'Comments', views: 'Views' },
  },
  mastodon: {
    displayName: 'Mastodon',
    maxText: 500,
    metricLabels: { likes: 'Favourites', comments: 'Replies', shares: 'Boosts' },
  },
}

/** Undefined for a network of which nothing is known here. */
export function describeNetwork(platform: Platform): Connector | undefined {
  const described = descriptions[platform]
  if (!described) return undefined
  const { displayName, maxText, metricLabels } = described
  const refuse = async (): Promise<never> => {
    throw new ConnectorFailure('unsupported', `${displayName} cannot be connected yet.`)
  }
  return {
    platform,
    displayName,
    metricLabels,
    limits: {
      text: { unit: 'characters', max: maxText },
      images: {
        max: 4,
        maxBytes: 5_000_000,
        maxEdgePx: 4_096,
        mimeTypes: ['image/jpeg', 'image/png'],
        altTextMax: 1_000,
      },
    },
    auth: { kind: 'app_password', defaultServiceUrl: '', connect: refuse, refresh: refuse },
    publish: {
      render: async (text) => ({
        text,
        segments: [{ kind: 'text', text }],
        count: text.length,
        bytes: Buffer.byteLength(text),
        faults: [],
      }),
      upload: refuse,
      send: refuse,
      findOwn: refuse,
    },
  }
}
