import fc from 'fast-check'

/** Facts with distinct keys, then any number of them again, in any order, cut into any batches. */
export const deliveries = <Fact>(fact: fc.Arbitrary<Fact>, key: (fact: Fact) => string) =>
  fc
    .uniqueArray(fact, { selector: key, minLength: 20, maxLength: 120 })
    .chain((facts) =>
      fc.record({
        repeated: fc.array(fc.constantFrom(...facts), { maxLength: 120 }),
        order: fc.infiniteStream(fc.nat()),
        batchSizes: fc.infiniteStream(fc.integer({ min: 1, max: 60 })),
        facts: fc.constant(facts),
      }),
    )
    .map(({ facts, repeated, order, batchSizes }) => {
      const shuffled = [...facts, ...repeated]
        .map((each) => ({ each, rank: order.next().value ?? 0 }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ each }) => each)
      const batches: Fact[][] = []
      for (let at = 0; at < shuffled.length; at += batches.at(-1)?.length ?? 1) {
        batches.push(shuffled.slice(at, at + (batchSizes.next().value ?? 1)))
      }
      return { facts, batches }
    })

export const zeroUuid = '00000000-0000-0000-0000-000000000000'
export const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** Two days before now, near the end of an hour and of a day: nothing expires, and both boundaries are crossed. */
export const startsAt = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 2 * 86_400_000 + 22.5 * 3_600_000
export const instant = (offsetMs: number) => new Date(startsAt + offsetMs).toISOString()

/** The hour or the day of an instant, as ClickHouse writes it. */
export const bucketOf = (timestamp: string, bucket: 'hour' | 'day') =>
  bucket === 'hour' ? `${timestamp.slice(0, 13).replace('T', ' ')}:00:00` : timestamp.slice(0, 10)

/** One line for each row, in an order of their own: results of two sources compare. */
export const asLines = (rows: readonly object[]) => rows.map((row) => Object.values(row).join('|')).sort()
