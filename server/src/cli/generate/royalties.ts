import { dayMs } from './calendar.ts'
import { cents, type Ledger, type Line, type Month } from './earnings.ts'
import { type Item, row } from './items.ts'
import type { Artist, Plan } from './plan.ts'

/** One statement for each artist and month that earned something; the last month's is still a draft. */
export function* tellRoyalties(plan: Plan, ledger: Ledger): Generator<Item> {
  const random = plan.random.fork('royalties')
  for (const artist of plan.artists) {
    for (const month of ledger.months) {
      const debt = ledger.owed(artist.id, month)
      if (!debt) continue
      const id = random.uuid(month.readMs)
      const lines = debt.lines.map((line) => lineRow(plan, artist, id, random.uuid(month.readMs), line))
      const gross = cents(debt.lines.reduce((sum, { earnings }) => sum + earnings, debt.rest))
      yield statementRow(plan, artist, month, { id, gross, isLast: month === ledger.months.at(-1) })
      yield* lines
      if (!debt.rest) continue
      yield row('royalty_lines', {
        ...amounts(plan, artist, debt.rest),
        workspace_id: plan.id,
        id: random.uuid(month.readMs),
        royalty_statement_id: id,
        published_post_id: null,
        description: 'All other videos',
        first_snapshot_at: null,
        last_snapshot_at: new Date(month.readMs),
        created_at: new Date(month.readMs + dayMs),
      })
    }
  }
}

const amounts = (plan: Plan, { royaltyRate }: Artist, earnings: number) => ({
  earnings,
  amount: cents((earnings * royaltyRate) / 100),
  currency: plan.currency,
})

function lineRow(plan: Plan, artist: Artist, statementId: string, id: string, line: Line): Item {
  return row('royalty_lines', {
    ...amounts(plan, artist, line.earnings),
    workspace_id: plan.id,
    id,
    royalty_statement_id: statementId,
    published_post_id: line.postId,
    description: line.text,
    first_snapshot_at: line.firstMs === null ? null : new Date(line.firstMs),
    last_snapshot_at: new Date(line.lastMs),
    created_at: new Date(line.lastMs + dayMs),
  })
}

function statementRow(
  plan: Plan,
  artist: Artist,
  month: Month,
  statement: { readonly id: string; readonly gross: number; readonly isLast: boolean },
): Item {
  const issued = new Date(month.readMs + 5 * dayMs)
  const isDraft = statement.isLast
  return row('royalty_statements', {
    workspace_id: plan.id,
    id: statement.id,
    artist_id: artist.id,
    period_start: month.start,
    period_end: month.end,
    status: isDraft ? 'draft' : 'paid',
    currency: plan.currency,
    gross_earnings: statement.gross,
    royalty_rate: artist.royaltyRate,
    amount_due: cents((statement.gross * artist.royaltyRate) / 100),
    issued_at: isDraft ? null : issued,
    paid_at: isDraft ? null : new Date(issued.getTime() + 9 * dayMs),
    created_by: plan.owner.id,
    created_at: new Date(month.readMs + dayMs),
    updated_at: isDraft ? new Date(month.readMs + dayMs) : issued,
  })
}
