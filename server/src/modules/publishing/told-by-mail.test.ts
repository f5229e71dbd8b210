import { afterAll, beforeAll, expect, test } from 'vitest'
import { passOn, refusal } from '../../../test/chaos/gate.ts'
import { type ConnectedWorld, createConnectedWorld, eventually } from '../../../test/connected-world.ts'
import { type MailServer, startMailServer } from '../../../test/mail-server.ts'

let mail: MailServer
let here: ConnectedWorld

beforeAll(async () => {
  mail = await startMailServer()
  here = await createConnectedWorld({ SMTP_URL: mail.url, PUBLISH_SWEEP_INTERVAL_MS: '200' })
  await here.world.app.startWorker()
})
afterAll(async () => {
  await here.stop()
  await mail.stop()
})

const received = (to: string) => mail.mails.filter((one) => one.to === to)

test('the author of a post that the network rejects is mailed why, what to do, and where', async () => {
  const account = await here.join('rejected')
  const accountId = await here.connect(account)
  here.gate.keep(async (passage) => {
    if (passage.nsid !== 'com.atproto.repo.putRecord') return passOn(passage)
    passage.relay(refusal(400, 'InvalidRequest', 'Record is not to our taste'))
  })
  const before = received('bob@example.com').length
  const { contentId } = await here.publish('A post of doubtful taste', [accountId])
  const { text } = await mail.waitFor('bob@example.com', before)
  here.gate.keep()
  expect(text).toContain(`A post was not published on @${account.handle}`)
  expect(text).toContain('A post of doubtful taste')
  expect(text).toContain('Record is not to our taste')
  expect(text).toContain('Change the post so that the network accepts it')
  expect(text).toContain(`/w/${here.cast.workspaceId}/posts/${contentId}`)
})

test('whoever connected an account is mailed once when the network has ended its access', async () => {
  const account = await here.join('ended')
  const accountId = await here.connect(account)
  await here.network.revokeSessions(account.did)
  await here.world.query(
    `update social_accounts set token_expires_at = now() + interval '1 minute' where id = $1`,
    [accountId],
  )
  const before = received('alice@example.com').length
  // Planned for later and then due together: once the first is held, nothing can be planned for the account.
  const later = new Date(Date.now() + 3_600_000).toISOString()
  const posts = [
    await here.publish('Waits one', [accountId], later),
    await here.publish('Waits two', [accountId], later),
  ]
  await here.world.query('update publications set due_at = now() where social_account_id = $1', [accountId])
  for (const { contentId } of posts) {
    await eventually(
      () => here.seen(contentId),
      (seen) => seen.held,
    )
  }
  const { text } = await mail.waitFor('alice@example.com', before)
  expect(text).toContain('Connect the account again')
  expect(text).toContain(`/w/${here.cast.workspaceId}/accounts`)
  // Everything that was enqueued has been worked off, and there was one mail for both posts.
  await eventually(
    () => here.world.query(`select from graphile_worker.jobs where task_identifier = 'tell_owner'`),
    (jobs) => jobs.length === 0,
  )
  expect(received('alice@example.com')).toHaveLength(before + 1)
})
