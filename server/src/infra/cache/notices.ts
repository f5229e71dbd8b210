/** What servers tell each other through PostgreSQL: one line of JSON as header, then the message as it stands. */
import { z } from 'zod'

const Header = z.object({
  kind: z.enum(['message', 'drop', 'drop_all']),
  /** The channel of a message, or the name of the value to drop. */
  name: z.string(),
  from: z.string(),
  /** Grows with each notice: PostgreSQL joins equal notices of one transaction, and no two are equal so. */
  number: z.number(),
})
export type NoticeHeader = z.infer<typeof Header>
export interface Notice extends NoticeHeader {
  readonly body: string
}

export function writeNotice({ body, ...header }: Notice): string {
  return `${JSON.stringify(header)}\n${body}`
}

/** Undefined for a notice of another version, or of somebody else. */
export function readNotice(payload: string): Notice | undefined {
  const [head = '', body = ''] = payload.split('\n', 2)
  try {
    const header = Header.safeParse(JSON.parse(head))
    return header.success ? { ...header.data, body } : undefined
  } catch {
    return undefined
  }
}
