/** What a benchmark finds: a number, its unit, and what it should be. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** Absent for a number that is only reported. */
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number }
}

/** One benchmark: prints what it does through `say`, and resolves with its figures. */
export interface Benchmark {
  readonly about: string
  run(options: readonly string[], say: (line: string) => void): Promise<readonly Figure[]>
}

/** Undefined where there is no goal. */
export function holds({ value, goal }: Figure): boolean | undefined {
  if (!goal) return undefined
  return 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast
}

/** The middle value; the mean of the two in the middle of an even number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  if (upper === undefined || lower === undefined) throw new Error('there is no median of nothing')
  return (lower + upper) / 2
}
