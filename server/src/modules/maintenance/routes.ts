import { z } from 'zod'
import { problems } from '../../infra/http/schemas.ts'
import type { HttpServer } from '../../infra/http/server.ts'
import type { Services } from '../services.ts'
import { enterSignedIn } from '../tenancy/index.ts'
import { isOperator } from './queries.ts'
import { readOperations } from './read-operations.ts'
import { Operations } from './schema.ts'
import { startDuty } from './start-duty.ts'

export function routes(app: HttpServer, services: Services): void {
  const tags = ['Operations']
  app.get(
    '/api/v1/operations',
    {
      schema: {
        tags,
        summary: 'Whether whoever asks is an operator of this installation',
        response: { 200: z.object({ operator: z.boolean() }), ...problems(401) },
      },
    },
    async (request) => {
      const { doors, actor } = await enterSignedIn(services, request)
      return { operator: await doors.withActor(actor, null, isOperator) }
    },
  )
  app.get(
    '/api/v1/operations/jobs',
    {
      schema: {
        tags,
        summary: 'The duties of maintenance with their last runs, for an operator',
        response: { 200: Operations, ...problems(401, 403) },
      },
    },
    async (request) => readOperations(await enterSignedIn(services, request)),
  )
  app.post(
    '/api/v1/operations/jobs/:name/run',
    {
      schema: {
        tags,
        summary: 'Run a duty now',
        params: z.object({ name: z.string().regex(/^[a-z_]{1,60}$/) }),
        response: { 202: z.object({}), ...problems(401, 403, 404) },
      },
    },
    async (request, reply) => {
      await startDuty(await enterSignedIn(services, request), request.params.name)
      return reply.code(202).send({})
    },
  )
}
