import { z } from 'zod'
import { Empty, listOf, problems } from '../../infra/http/schemas.ts'
import type { HttpServer } from '../../infra/http/server.ts'
import type { Services } from '../services.ts'
import { enterWorkspace, WorkspaceId } from '../tenancy/index.ts'
import { previewContent } from './preview-content.ts'
import { pageContent, readContent } from './read-content.ts'
import { cancelContent, scheduleContent } from './schedule-content.ts'
import { Content, ContentInput, ContentListQuery, ContentPage, Preview, PublishInput } from './schema.ts'
import { createContent, editContent, removeContent } from './write-content.ts'

const params = z.object({ workspaceId: WorkspaceId })
const ofContent = z.object({ workspaceId: WorkspaceId, contentId: z.uuid() })
const collection = '/api/v1/workspaces/:workspaceId/content'
const item = `${collection}/:contentId` as const

export function routeContent(app: HttpServer, services: Services): void {
  const tags = ['Content']
  app.get(
    collection,
    {
      schema: {
        tags,
        summary: 'Content, newest first',
        params,
        querystring: ContentListQuery,
        response: { 200: ContentPage, ...problems(401, 404, 422) },
      },
    },
    async (request) => pageContent(await enterWorkspace(services, request, 'viewer'), request.query),
  )
  app.post(
    collection,
    {
      schema: {
        tags,
        summary: 'Write a draft',
        params,
        body: ContentInput,
        response: { 201: Content, ...problems(401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const ctx = await enterWorkspace(services, request, 'editor')
      return reply.code(201).send(await createContent(ctx, request.body))
    },
  )
  app.post(
    `${collection}/preview`,
    {
      schema: {
        tags,
        summary: 'The post as each network will show it',
        params,
        body: ContentInput,
        response: { 200: listOf(Preview), ...problems(401, 404, 422) },
      },
    },
    async (request) => ({
      items: await previewContent(await enterWorkspace(services, request, 'viewer'), request.body),
    }),
  )
  app.get(
    item,
    {
      schema: {
        tags,
        summary: 'One content',
        params: ofContent,
        response: { 200: Content, ...problems(401, 404) },
      },
    },
    async (request) =>
      readContent(await enterWorkspace(services, request, 'viewer'), request.params.contentId),
  )
  app.patch(
    item,
    {
      schema: {
        tags,
        summary: 'Change a draft',
        params: ofContent,
        body: ContentInput,
        response: { 200: Content, ...problems(401, 403, 404, 409, 422) },
      },
    },
    async (request) =>
      editContent(await enterWorkspace(services, request, 'editor'), request.params.contentId, request.body),
  )
  app.delete(
    item,
    {
      schema: {
        tags,
        summary: 'Delete a draft',
        params: ofContent,
        response: { 204: Empty, ...problems(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      await removeContent(await enterWorkspace(services, request, 'editor'), request.params.contentId)
      return reply.code(204).send()
    },
  )
  app.post(
    `${item}/publish`,
    {
      schema: {
        tags,
        summary: 'Publish now or at a time',
        params: ofContent,
        body: PublishInput,
        response: { 202: Content, ...problems(401, 403, 404, 409, 422) },
      },
    },
    async (request, reply) => {
      const ctx = await enterWorkspace(services, request, 'editor')
      return reply
        .code(202)
        .send(await scheduleContent(ctx, request.params.contentId, request.body.publishAt))
    },
  )
  app.post(
    `${item}/cancel`,
    {
      schema: {
        tags,
        summary: 'Take a planned or failed post back to a draft',
        params: ofContent,
        response: { 200: Content, ...problems(401, 403, 404, 409) },
      },
    },
    async (request) =>
      cancelContent(await enterWorkspace(services, request, 'editor'), request.params.contentId),
  )
}
