/** The only source of the present for product code, so that tests can stand at any instant. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }
