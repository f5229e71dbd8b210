import type { Ledger } from './earnings.ts'
import type { Account, Plan } from './plan.ts'
import type { Random } from './random.ts'

/** What is known of a published post beside its text and its numbers. */
export function describePost(random: Random, plan: Plan, account: Account, ledger: Ledger) {
  const { platform, postTypes, pays } = account.network
  const type = random.pick(postTypes)
  const isMoving = type === 'video' || type === 'reel'
  const isTall = platform === 'tiktok' || type === 'reel'
  return {
    post_type: type,
    data_source: 'api',
    asset_tag: random.chance(0.15) ? `${plan.trade.industry}-${random.whole(1, 60)}` : null,
    duration_seconds: isMoving ? random.whole(12, platform === 'youtube' ? 900 : 90) : null,
    aspect_ratio: isMoving ? (isTall ? '9:16' : '16:9') : null,
    resolution: isMoving ? (isTall ? '1080x1920' : '1920x1080') : null,
    mentions: [],
    monetization_status: pays && isMoving ? random.pick(['monetized', 'monetized', 'limited']) : null,
    restricted_countries: isMoving && random.chance(0.03) ? ['CN', 'RU'] : null,
    content_category: isMoving ? plan.trade.industry : null,
    audio_copyright: isMoving && random.chance(0.04) ? { claims: 1, holder: 'a collecting society' } : null,
    privacy_status: platform === 'youtube' ? random.pick(['public', 'public', 'public', 'unlisted']) : null,
    crossposting_status:
      platform === 'facebook' && random.chance(0.2) ? { from: 'instagram', ok: true } : null,
    original_platform: random.chance(0.05) ? random.pick(plan.accounts).network.platform : null,
    // A reel was often cut from the latest video.
    parent_post_id: isTall && random.chance(0.4) ? ledger.latestVideoId : null,
    previous_iteration_id: platform === 'youtube' && random.chance(0.02) ? ledger.latestVideoId : null,
  }
}
