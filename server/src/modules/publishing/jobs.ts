import { defineJob, type Job } from '../../infra/jobs/queue.ts'
import { accountConnected } from '../accounts/index.ts'
import type { Services } from '../services.ts'
import { publishPost } from './publish-post.ts'
import { releasePublications } from './schedule-content.ts'
import { publishJob, tellAuthorJob } from './schema.ts'
import { tellAuthor } from './tell-author.ts'

export const jobs = (services: Services): Job[] => [
  defineJob(publishJob, ({ workspaceId, publicationId }) =>
    publishPost(services, workspaceId, publicationId),
  ),
  defineJob(tellAuthorJob, ({ workspaceId, publicationId }) =>
    tellAuthor(services, workspaceId, publicationId),
  ),
  defineJob(accountConnected, ({ workspaceId, accountId }) =>
    releasePublications(services, workspaceId, accountId),
  ),
]
