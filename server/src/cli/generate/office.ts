/** Invitations, keys of programs, and what networks told unasked. */
import { createHash } from 'node:crypto'
import { dayMs } from './calendar.ts'
import { type Item, row } from './items.ts'
import { mailDomain, type Plan } from './plan.ts'

const hashOf = (text: string) => createHash('sha256').update(text).digest()
const inviteRoles = ['editor', 'viewer', 'analyst'] as const

export function* tellOffice(plan: Plan): Generator<Item> {
  const random = plan.random.fork('office')
  const { untilMs } = plan.calendar
  for (const role of inviteRoles) {
    const createdMs = untilMs - random.between(1, 20) * dayMs
    const isAccepted = random.chance(0.5)
    yield row('workspace_invitations', {
      workspace_id: plan.id,
      id: random.uuid(createdMs),
      email: `guest-${random.hex(3)}@${mailDomain}`,
      role,
      // Of a link that was never made: nobody can join by it.
      token_hash: hashOf(random.hex(32)),
      invited_by: plan.owner.id,
      created_at: new Date(createdMs),
      expires_at: new Date(createdMs + 7 * dayMs),
      accepted_at: isAccepted ? new Date(createdMs + dayMs / 2) : null,
    })
  }
  yield row('api_keys', {
    workspace_id: plan.id,
    id: random.uuid(plan.createdMs),
    name: 'Shop website',
    shown_prefix: `hg_${random.hex(3)}`,
    secret_hash: hashOf(random.hex(32)),
    role: 'viewer',
    scopes: ['content:read', 'analytics:read'],
    created_by: plan.owner.id,
    created_at: new Date(plan.createdMs),
    last_used_at: new Date(untilMs - 3 * dayMs),
    // It opens nothing: there is no key with this hash, and it has ended.
    revoked_at: new Date(untilMs - 2 * dayMs),
  })
  for (const account of plan.accounts) {
    for (let number = random.whole(4, 16); number > 0; number--) {
      const atMs = untilMs - random.between(0, 28) * dayMs
      yield row('webhook_events', {
        workspace_id: plan.id,
        id: random.uuid(atMs),
        received_at: new Date(atMs),
        social_account_id: account.id,
        platform: account.network.platform,
        event_type: random.pick(['comment.created', 'mention.created', 'account.updated']),
        event_data: { id: random.hex(6), from: `visitor-${random.hex(2)}` },
        status: 'processed',
        processed_at: new Date(atMs + random.whole(20, 900)),
      })
    }
  }
}
