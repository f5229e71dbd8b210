import { createHash } from 'node:crypto'

/**
 * Chance that repeats: the same name gives the same numbers on every machine. Each part of the story draws from a
 * fork of its own, so that a change of one part leaves the others as they were.
 */
export interface Random {
  /** From 0 up to but not including 1. */
  next(): number
  between(low: number, high: number): number
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(choices: readonly T[]): T
  /** `count` different ones, in random order; all where there are fewer. */
  sample<T>(choices: readonly T[], count: number): T[]
  normal(): number
  /** Half of the values lie below `median`; `sigma` is the spread of the logarithm. */
  logNormal(median: number, sigma: number): number
  /** At least 1; the smaller `shape`, the heavier the tail. */
  pareto(shape: number): number
  /** A UUID of version 7 for a row that was made at this instant. */
  uuid(atMs: number): string
  hex(bytes: number): string
  fork(name: string | number): Random
}

const two32 = 2 ** 32

export function createRandom(name: string): Random {
  const next = sfc32(createHash('sha256').update(name).digest())
  const word = () => Math.floor(next() * two32)
  const hex = (bytes: number) => {
    let text = ''
    while (text.length < bytes * 2) text += word().toString(16).padStart(8, '0')
    return text.slice(0, bytes * 2)
  }
  const random: Random = {
    next,
    between: (low, high) => low + next() * (high - low),
    whole: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (probability) => next() < probability,
    pick: (choices) => choiceAt(choices, Math.floor(next() * choices.length)),
    sample(choices, count) {
      const left = [...choices]
      const taken = []
      while (taken.length < count && left.length) {
        taken.push(...left.splice(Math.floor(next() * left.length), 1))
      }
      return taken
    },
    // Box and Muller; 1 - next() is never 0.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    logNormal: (median, sigma) => median * Math.exp(sigma * random.normal()),
    pareto: (shape) => (1 - next()) ** (-1 / shape),
    uuid(atMs) {
      const time = Math.floor(atMs).toString(16).padStart(12, '0')
      const tail = hex(10)
      const variant = (8 + (word() & 3)).toString(16)
      return `${time.slice(0, 8)}-${time.slice(8)}-7${tail.slice(0, 3)}-${variant}${tail.slice(3, 6)}-${hex(6)}`
    },
    hex,
    fork: (part) => createRandom(`${name}/${part}`),
  }
  return random
}

function choiceAt<T>(choices: readonly T[], index: number): T {
  const [choice] = choices.slice(index, index + 1)
  if (choice === undefined) throw new Error('there is nothing to choose from')
  return choice
}

/** Chris Doty-Humphrey's small fast counter: 128 bits of state, passes PractRand. */
function sfc32(seed: Buffer): () => number {
  let a = seed.readInt32LE(0)
  let b = seed.readInt32LE(4)
  let c = seed.readInt32LE(8)
  let counter = 1
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / two32
  }
  for (let i = 0; i < 12; i++) next()
  return next
}
