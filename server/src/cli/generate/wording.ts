import type { Random } from './random.ts'
import type { Trade } from './trades.ts'

/** Fills the gaps of a sentence. The same gap twice in one sentence is filled alike. */
export function fill(random: Random, trade: Trade, sentence: string, artist: string): string {
  const chosen = new Map<string, string>([['artist', artist]])
  return sentence.replace(/\{(\w+)\}/g, (_, gap: string) => {
    const known = chosen.get(gap)
    if (known !== undefined) return known
    const filling = random.pick(trade.fillings[gap] ?? [gap])
    chosen.set(gap, filling)
    return filling
  })
}

/** A post as somebody of this trade writes it, within so many characters. */
export function writePost(
  random: Random,
  trade: Trade,
  artist: string,
  maxText: number,
  sentence: string,
): { text: string; hashtags: string[] } {
  const hashtags = random.chance(0.75) ? random.sample(trade.hashtags, random.whole(1, 3)).sort() : []
  const body = fill(random, trade, sentence, artist)
  // A filling may begin a sentence.
  const capital = body.replace(
    /(^|[.!?] )(\p{Ll})/gu,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  )
  const text = hashtags.length ? `${capital}\n\n${hashtags.map((tag) => `#${tag}`).join(' ')}` : capital
  return text.length <= maxText ? { text, hashtags } : { text: capital.slice(0, maxText), hashtags: [] }
}

export const slugOf = (name: string) =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')

/** Every choice once, in random order, before any comes again. */
export function createBag<T>(random: Random, choices: readonly T[]): () => T {
  let left: T[] = []
  return () => {
    if (!left.length) left = random.sample(choices, choices.length)
    return left.pop() ?? random.pick(choices)
  }
}
