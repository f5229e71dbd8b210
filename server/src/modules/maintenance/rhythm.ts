/** How often a duty comes round. Times are UTC; a day of the week is counted from Sunday, 0. */
export type Rhythm =
  | { readonly every: 'hour'; readonly minute: number }
  | { readonly every: 'day'; readonly hour: number; readonly minute: number }
  | { readonly every: 'week'; readonly weekday: number; readonly hour: number; readonly minute: number }
  | { readonly every: 'month'; readonly day: number; readonly hour: number; readonly minute: number }

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** The longest time from one turn to the next, in milliseconds. */
export const longestPauseMs = { hour: hourMs, day: dayMs, week: 7 * dayMs, month: 31 * dayMs } as const

export function cronOf(rhythm: Rhythm): string {
  switch (rhythm.every) {
    case 'hour':
      return `${rhythm.minute} * * * *`
    case 'day':
      return `${rhythm.minute} ${rhythm.hour} * * *`
    case 'week':
      return `${rhythm.minute} ${rhythm.hour} * * ${rhythm.weekday}`
    case 'month':
      return `${rhythm.minute} ${rhythm.hour} ${rhythm.day} * *`
  }
}

/** The first turn after an instant. */
export function nextTurn(rhythm: Rhythm, after: Date): Date {
  const turn = new Date(after)
  turn.setUTCSeconds(0, 0)
  turn.setUTCMinutes(rhythm.minute)
  if (rhythm.every !== 'hour') turn.setUTCHours(rhythm.hour)
  if (rhythm.every === 'week') turn.setUTCDate(turn.getUTCDate() - turn.getUTCDay() + rhythm.weekday)
  if (rhythm.every === 'month') turn.setUTCDate(rhythm.day)
  while (turn <= after) {
    if (rhythm.every === 'hour') turn.setUTCHours(turn.getUTCHours() + 1)
    else if (rhythm.every === 'month') turn.setUTCMonth(turn.getUTCMonth() + 1)
    else turn.setUTCDate(turn.getUTCDate() + (rhythm.every === 'week' ? 7 : 1))
  }
  return turn
}
