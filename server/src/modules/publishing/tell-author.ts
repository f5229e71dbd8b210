import { publicUrl } from '../../config.ts'
import type { Services } from '../services.ts'
import { nextSteps } from './failure-texts.ts'
import { findTrouble, type Trouble } from './queries-publications.ts'

const longestExcerpt = 80

/** Mails the author why a post did not go out and what to do. Says nothing where the trouble is over already. */
export async function tellAuthor(
  services: Services,
  workspaceId: string,
  publicationId: string,
): Promise<void> {
  const trouble = await services.doors.withWorkspace(workspaceId, (tx) =>
    findTrouble(tx, workspaceId, publicationId),
  )
  if (!trouble?.failure_code) return
  const { failure_code, failure_text, text, email, name } = trouble
  const excerpt = text.length > longestExcerpt ? `${text.slice(0, longestExcerpt)} …` : text
  const link = `${publicUrl(services.config)}/w/${workspaceId}/posts/${trouble.content_id}`
  await services.mailer.send({
    to: email,
    subject: headline(trouble),
    text: [
      `Hello ${name},`,
      `${headline(trouble)}:\n\n    ${excerpt}`,
      failure_text ?? 'The network did not say why.',
      nextSteps[failure_code],
      link,
    ].join('\n\n'),
  })
}

function headline({ status, username }: Trouble): string {
  if (status === 'failed') return `A post was not published on @${username}`
  return `It is not known whether a post reached @${username}`
}
