import { z } from 'zod'
import { Problem } from './problem.ts'

/** Problem answers of a route, for its OpenAPI description. */
export function problems<const Status extends number>(...statuses: Status[]): Record<Status, typeof Problem> {
  return Object.fromEntries(statuses.map((status) => [status, Problem])) as Record<Status, typeof Problem>
}

export const Empty = z.undefined().describe('Nothing.')
export const listOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) })
