import { type PostMetricName, postMetricNames } from '../connectors/connector.ts'

/** One number that can be asked for: its only definition. */
export interface Metric {
  readonly name: PostMetricName
  readonly description: string
  readonly unit: 'count'
  /** How values at different instants relate: a cumulative counter is read at an instant, never summed. */
  readonly kind: 'cumulative'
}

const descriptions: Readonly<Record<PostMetricName, string>> = {
  likes: 'People who liked the post.',
  comments: 'Direct answers to the post.',
  shares: 'Times the post was passed on unchanged.',
  quotes: 'Times the post was passed on with words added.',
  views: 'Times the post was shown, as the network counts views.',
  impressions: 'Times the post was on a screen.',
  reach: 'People who saw the post.',
  clicks: 'Clicks on the post or its links.',
  saves: 'People who kept the post for later.',
}

export const catalogue: ReadonlyMap<PostMetricName, Metric> = new Map(
  postMetricNames.map((name) => [
    name,
    { name, description: descriptions[name], unit: 'count', kind: 'cumulative' },
  ]),
)
