import { z } from 'zod'
import { problems } from '../../infra/http/schemas.ts'
import type { HttpServer } from '../../infra/http/server.ts'
import type { Services } from '../services.ts'
import { enterWorkspace, WorkspaceId } from '../tenancy/index.ts'

/**
 * Server-sent events: tells a member what changed in the workspace, so that screens read it anew. It carries no
 * data but ids; what a member may see is decided when they read. With every ping, and when the listener's own
 * membership changes, the right to listen is checked again: somebody who was removed hears nothing more.
 */
export function routes(app: HttpServer, services: Services): void {
  app.get(
    '/api/v1/workspaces/:workspaceId/events',
    {
      schema: {
        tags: ['Live'],
        summary: 'What changes, as server-sent events',
        description:
          'Event `change` carries `{"type": "content" | "publication" | "account" | "numbers" | "member", "id": "..."}`; ' +
          '`ping` comes every 20 seconds.',
        params: z.object({ workspaceId: WorkspaceId }),
        response: { ...problems(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId, actor } = await enterWorkspace(services, request, 'viewer')
      reply.hijack()
      const stream = reply.raw
      stream.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      const send = (event: string, content: object) =>
        stream.write(`event: ${event}\ndata: ${JSON.stringify(content)}\n\n`)
      send('ping', {})
      const askAgain = () => {
        enterWorkspace(services, request, 'viewer').then(
          () => send('ping', {}),
          () => stream.end(),
        )
      }
      const end = services.changes.subscribe(workspaceId, ({ type, id }) => {
        send('change', { type, id })
        if (type === 'member' && id === actor.userId) askAgain()
      })
      const ping = setInterval(askAgain, services.config.EVENTS_PING_INTERVAL_MS)
      stream.on('close', () => {
        clearInterval(ping)
        end()
      })
    },
  )
}
