export interface Reading {
  capturedAt: string
  value: number
}

const leastGapMs = 3 * 3_600_000

/**
 * Points for a line, with a break wherever readings failed to come: where the pause is at least three hours and
 * four times as long as the pauses around it. Polling slows as a post ages, so no fixed pause would be fair.
 */
export function withGaps(points: readonly Reading[]): [number, number | null][] {
  const times = points.map((point) => Date.parse(point.capturedAt))
  const pauses = times.slice(1).map((time, index) => time - (times[index] ?? time))
  return points.flatMap((point, index): [number, number | null][] => {
    const here: [number, number | null] = [times[index] ?? 0, point.value]
    const pause = pauses[index]
    if (pause === undefined || pause < leastGapMs) return [here]
    const around = [pauses[index - 1], pauses[index + 1]].filter((other) => other !== undefined)
    const usual = Math.max(...around)
    return around.length > 0 && pause > 4 * usual ? [here, [(times[index] ?? 0) + 1, null]] : [here]
  })
}
