import type { SocialAccount } from '../../api/types.ts'

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** The length of a text in a network's unit: what a reader sees as one sign, or code units. */
export function countText(text: string, unit: 'graphemes' | 'characters'): number {
  if (unit === 'characters') return text.length
  let count = 0
  for (const _ of segmenter.segment(text)) count += 1
  return count
}

export interface TextLimit {
  unit: 'graphemes' | 'characters'
  max: number
}

/** The tightest limit of the chosen accounts. */
export function tightestLimit(accounts: readonly SocialAccount[]): TextLimit | null {
  const limits = accounts.map((account) => account.limits.text)
  return limits.toSorted((a, b) => a.max - b.max)[0] ?? null
}

export const imagesAllowed = (accounts: readonly SocialAccount[]): number =>
  Math.min(4, ...accounts.map((account) => account.limits.images.max))
