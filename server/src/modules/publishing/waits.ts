/** How long a publication waits for its next try or question, and when its author hears of it. */

export const retryDelaysMs = [5, 15, 30, 60, 120, 300, 600, 900].map((seconds) => seconds * 1_000)
export const mostRetries = retryDelaysMs.length

/** How long the network is asked often; after that a person is told and the network is asked now and then. */
export const confirmOftenForMs = 10 * 60_000
const confirmDelayMs = 5_000
const confirmRarelyMs = 5 * 60_000

/** However long a network asks to be left alone. */
const longestSnoozeMs = 24 * 60 * 60_000

/** A wait that ends so long after the planned time is told to the author. */
export const worthTellingAfterMs = 15 * 60_000

/** Milliseconds until the network is asked again whether an unconfirmed post is there. */
export function waitUnconfirmedMs(claim: { unconfirmedSince: Date | null }, now: Date): number {
  const unconfirmedForMs = now.getTime() - (claim.unconfirmedSince ?? now).getTime()
  return unconfirmedForMs < confirmOftenForMs ? confirmDelayMs : confirmRarelyMs
}

/** Until when a network that named a time is left alone: within a day, whatever it says. */
export const endOfSnooze = (asked: Date, now: Date): Date =>
  new Date(Math.min(asked.getTime(), now.getTime() + longestSnoozeMs))
