/**
 * Where labels go so that no two are nearer than `leastDistance` and none is beyond `lowest`. In pixels from the
 * top, in the order given; each stays as near to its wish as its neighbours allow.
 */
export function spreadLabels(wishes: readonly number[], leastDistance: number, lowest: number): number[] {
  const sorted = wishes.map((at, index) => ({ at, index })).toSorted((a, b) => a.at - b.at)
  let free = Number.NEGATIVE_INFINITY
  for (const label of sorted) {
    label.at = Math.max(label.at, free)
    free = label.at + leastDistance
  }
  let limit = lowest
  for (const label of sorted.toReversed()) {
    label.at = Math.min(label.at, limit)
    limit = label.at - leastDistance
  }
  const placed = [...wishes]
  for (const label of sorted) placed[label.index] = label.at
  return placed
}
