/** What tests ask of a sample. */

const descending = (values: readonly number[]) => [...values].sort((one, other) => other - one)
const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
export const meanOf = (values: readonly number[]) => sumOf(values) / values.length
export const medianOf = (values: readonly number[]) =>
  descending(values)[Math.floor(values.length / 2)] ?? Number.NaN

/** Part of the whole that the largest values have; `part` of 0.01 is the largest one in a hundred. */
export function shareOfLargest(values: readonly number[], part: number): number {
  const largest = descending(values).slice(0, Math.round(values.length * part))
  return sumOf(largest) / sumOf(values)
}

/**
 * Exponent of the tail, P(X > x) ~ x^-a, fitted to the largest `part` of the values: Hill, "A simple general approach
 * to inference about the tail of a distribution", 1975. A power law has the same one however far out one looks.
 */
export function tailExponent(values: readonly number[], part: number): number {
  const count = Math.round(values.length * part)
  const sorted = descending(values)
  const threshold = sorted[count] ?? Number.NaN
  return 1 / meanOf(sorted.slice(0, count).map((value) => Math.log(value / threshold)))
}

/** Pearson's: 1 where two courses rise and fall together, 0 where they have nothing to do with each other. */
export function correlation(one: readonly number[], other: readonly number[]): number {
  const [meanOne, meanOther] = [meanOf(one), meanOf(other)]
  const product = one.map((value, at) => (value - meanOne) * ((other[at] ?? Number.NaN) - meanOther))
  const spread = (values: readonly number[], mean: number) =>
    Math.sqrt(sumOf(values.map((value) => (value - mean) ** 2)))
  return sumOf(product) / (spread(one, meanOne) * spread(other, meanOther))
}
