import type { Content } from '../../api/types.ts'
import { contentStanding, publicationStanding } from '../../post/standing.ts'

/** Why a post needs somebody, told by the very publication that gives the post its standing. */
export function whatGoesOn(content: Content): string {
  const standing = contentStanding(content)
  const told = content.publications.find(
    (publication) => publicationStanding(publication) === standing && publication.failure,
  )?.failure
  if (told) return `${told.reason} ${told.nextStep}`
  switch (standing) {
    case 'held':
      return 'Waits until its account is connected again.'
    case 'failed':
      return 'It was not published. Open it to see what can be done.'
    default:
      return 'The network did not answer clearly; it is being looked up there.'
  }
}
