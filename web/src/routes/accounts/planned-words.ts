import type { ContentPage } from '../../api/types.ts'

const wait = 'until the account is connected again.'

/** What becomes of an account's planned posts without it. Without a page of planned posts no number is told. */
export function plannedWords(page: ContentPage | undefined, accountId: string): string {
  if (!page) return `Posts that are planned for it wait ${wait}`
  const count = page.items.filter(({ publications }) =>
    publications.some((one) => one.accountId === accountId && one.status === 'scheduled'),
  ).length
  // There are more planned posts than were looked at, and some of them may be this account's.
  if (page.nextCursor) {
    return count === 0
      ? `Posts that are planned for it wait ${wait}`
      : `At least ${posts(count)} planned for it ${verb(count)} ${wait}`
  }
  return count === 0 ? 'No post is planned for it.' : `${posts(count)} planned for it ${verb(count)} ${wait}`
}

const posts = (count: number): string => (count === 1 ? '1 post' : `${count} posts`)
const verb = (count: number): string => (count === 1 ? 'waits' : 'wait')
