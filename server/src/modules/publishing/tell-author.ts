import { publicUrl } from '../../config.ts'
import type { Services } from '../services.ts'
import { nextStepOf } from './failure-texts.ts'
import { findTrouble, type Trouble } from './queries-publications.ts'
import { worthTellingAfterMs } from './waits.ts'

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
  const headline = trouble && headlineOf(trouble)
  if (!headline || !trouble.failure_code) return
  const { status, failure_code, failure_text, text, email, name } = trouble
  const excerpt = text.length > longestExcerpt ? `${text.slice(0, longestExcerpt)} …` : text
  const link = `${publicUrl(services.config)}/w/${workspaceId}/posts/${trouble.content_id}`
  await services.mailer.send({
    to: email,
    subject: headline,
    text: [
      `Hello ${name},`,
      `${headline}:\n\n    ${excerpt}`,
      failure_text ?? 'The network did not say why.',
      nextStepOf(status, failure_code),
      link,
    ].join('\n\n'),
  })
}

/** Undefined where there is nothing to tell any more. */
function headlineOf({ status, held, username, scheduled_for, retry_at }: Trouble): string | undefined {
  if (status === 'failed') return `A post was not published on @${username}`
  if (held) return `A post waits until @${username} is connected again`
  if (status === 'unconfirmed' || status === 'submitted')
    return `It is not known whether a post reached @${username}`
  const late = (scheduled_for?.getTime() ?? 0) + worthTellingAfterMs
  if (status === 'scheduled' && retry_at && retry_at.getTime() > late)
    return `A post on @${username} goes out later than planned: after ${retry_at.toISOString()}`
  return undefined
}
