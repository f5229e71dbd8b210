import type { Connector, RenderedPost } from '../../connectors/connector.ts'
import { ConnectorFailure } from '../../connectors/failure.ts'
import { invalidInput } from '../../infra/errors.ts'
import { findAccount } from '../accounts/index.ts'
import type { WorkspaceContext } from '../services.ts'
import { isAtLeast } from '../tenancy/index.ts'
import { fitFaults } from './fit.ts'
import type { ContentInput, Preview } from './schema.ts'

const mentionTimeoutMs = 4_000

/** The post as each account's network will show it, with everything that keeps it from fitting. */
export async function previewContent(ctx: WorkspaceContext, input: ContentInput): Promise<Preview[]> {
  const accounts = await ctx.doors.withActor(ctx.actor, ctx.workspaceId, async (tx) => {
    const found = []
    for (const id of new Set(input.accountIds)) found.push(await findAccount(tx, ctx.workspaceId, id))
    return found
  })
  return Promise.all(
    accounts.map(async (account) => {
      if (!account) {
        const message = 'names an account that is not in this workspace'
        throw invalidInput(`accountIds ${message}`, { faults: [{ field: 'accountIds', message }] })
      }
      const connector = ctx.connectorFor(account.platform)
      const rendered = await render(ctx, connector, input.text, account.service_url)
      return {
        accountId: account.id,
        text: rendered.text,
        segments: rendered.segments,
        count: rendered.count,
        bytes: rendered.bytes,
        faults: fitFaults(connector, rendered, input.media),
      }
    }),
  )
}

/**
 * While the network is away the preview shows mentions as plain text rather than nothing at all. Whoever may
 * not write makes the server ask nobody.
 */
async function render(
  ctx: WorkspaceContext,
  connector: Connector,
  text: string,
  serviceUrl: string,
): Promise<RenderedPost> {
  const { publish } = connector
  if (!publish) throw invalidInput(`${connector.displayName} accounts cannot publish.`)
  if (!isAtLeast(ctx.role, 'editor')) return publish.render(text, null, serviceUrl)
  const network = { fetch: ctx.fetch, clock: ctx.clock, signal: AbortSignal.timeout(mentionTimeoutMs) }
  try {
    return await publish.render(text, network, serviceUrl)
  } catch (error) {
    if (!(error instanceof ConnectorFailure)) throw error
    return publish.render(text, null, serviceUrl)
  }
}
