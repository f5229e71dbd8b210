import { z } from 'zod'
import { invalidInput } from '../../infra/errors.ts'
import { problems } from '../../infra/http/schemas.ts'
import type { HttpServer } from '../../infra/http/server.ts'
import type { Services } from '../services.ts'
import { enterWorkspace, WorkspaceId } from '../tenancy/index.ts'
import { Media } from './schema.ts'
import { readMedia, uploadMedia } from './upload-media.ts'

const mostBytes = 20_000_000
const imageTypes = ['image/jpeg', 'image/png', 'image/webp', 'image/gif']

export function routeMedia(app: HttpServer, services: Services): void {
  const tags = ['Media']
  app.addContentTypeParser(imageTypes, { parseAs: 'buffer', bodyLimit: mostBytes }, (_request, body, done) =>
    done(null, body),
  )
  app.post(
    '/api/v1/workspaces/:workspaceId/media',
    {
      bodyLimit: mostBytes,
      schema: {
        tags,
        summary: 'Upload an image: its bytes are the body, at most 20 MB',
        consumes: imageTypes,
        params: z.object({ workspaceId: WorkspaceId }),
        response: { 201: Media, ...problems(401, 403, 404, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const ctx = await enterWorkspace(services, request, 'editor')
      const { body } = request
      if (!Buffer.isBuffer(body) || !body.length) {
        throw invalidInput('The body is empty: send the bytes of an image with its Content-Type.')
      }
      return reply.code(201).send(await uploadMedia(ctx, body))
    },
  )
  app.get(
    '/api/v1/workspaces/:workspaceId/media/:mediaId',
    {
      schema: {
        tags,
        summary: 'The bytes of an image',
        params: z.object({ workspaceId: WorkspaceId, mediaId: z.uuid() }),
        response: { ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const ctx = await enterWorkspace(services, request, 'viewer')
      const { bytes, mimeType } = await readMedia(ctx, request.params.mediaId)
      // What a key holds never changes; the browser may keep it for the person who is signed in.
      return reply
        .type(mimeType)
        .header('cache-control', 'private, max-age=86400, immutable')
        .send(bytes as never)
    },
  )
}
