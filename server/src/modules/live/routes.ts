import { z } from 'zod'
import { problems } from '../../infra/http/schemas.ts'
import type { HttpServer } from '../../infra/http/server.ts'
import type { Services } from '../services.ts'
import { enterWorkspace, WorkspaceId } from '../tenancy/index.ts'
import { openEventStream } from './event-stream.ts'

/**
 * Server-sent events: tells a member what changed in the workspace, so that screens read it anew. It carries no
 * data but ids; what a member may see is decided when they read. With every ping, and when the listener's own
 * membership changes, the right to listen is checked again: somebody who was removed hears nothing more. After a
 * break of the feed both happens: all is to be read anew, and the right to listen is checked.
 */
export function routes(app: HttpServer, services: Services): void {
  app.get(
    '/api/v1/workspaces/:workspaceId/events',
    {
      schema: {
        tags: ['Live'],
        summary: 'What changes, as server-sent events',
        description:
          'Event `change` carries `{"type": "content" | "publication" | "account" | "numbers" | "member" | "workspace", ' +
          '"id": "..."}`. Type `workspace` comes after a break in which changes may have gone untold: read everything ' +
          'anew. `ping` comes every 20 seconds.',
        params: z.object({ workspaceId: WorkspaceId }),
        response: { ...problems(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId, actor } = await enterWorkspace(services, request, 'viewer')
      reply.hijack()
      const stream = openEventStream(reply.raw)
      if (!stream) return
      stream.send('ping', {})
      const askAgain = () => {
        enterWorkspace(services, request, 'viewer').then(
          () => stream.send('ping', {}),
          () => stream.end(),
        )
      }
      const leave = services.changes.subscribe(workspaceId, {
        onChange({ type, id }) {
          stream.send('change', { type, id })
          if (type === 'member' && id === actor.userId) askAgain()
        },
        onResume() {
          stream.send('change', { type: 'workspace', id: workspaceId })
          askAgain()
        },
      })
      const ping = setInterval(askAgain, services.config.EVENTS_PING_INTERVAL_MS)
      stream.ended.addEventListener('abort', () => {
        clearInterval(ping)
        leave()
      })
    },
  )
}
