/**
 * Bluesky, and any other server of the AT Protocol. Posts are exactly-once by construction: the record key
 * is a function of the publication's id, and a key that is taken is never written again.
 */
import type { Connector } from '../connector.ts'
import { auth } from './auth.ts'
import { limits } from './limits.ts'
import { publish } from './publish.ts'
import { read } from './read.ts'

export const bluesky: Connector = {
  platform: 'bluesky',
  displayName: 'Bluesky',
  limits,
  metricLabels: { likes: 'Likes', comments: 'Replies', shares: 'Reposts', quotes: 'Quotes' },
  auth,
  publish,
  read,
}
