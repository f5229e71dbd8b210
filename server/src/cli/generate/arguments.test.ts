import { expect, test } from 'vitest'
import { parseGenerateArguments, readRemoval } from './arguments.ts'

const now = new Date('2026-05-01T12:34:56.789Z')
const parse = (line: string) => parseGenerateArguments(line.split(' ').filter(Boolean), now)

test('without options it is a small story that ends at the present minute', () => {
  const until = new Date('2026-05-01T12:34:00Z')
  expect(parse('')).toEqual({ workspaces: 3, posts: 1_500, days: 90, seed: 1, until })
})

test('every option is taken', () => {
  const line = '--workspaces 2 --posts 40 --days=30 --seed 0 --until 2026-04-01T00:00:00+02:00'
  const until = new Date('2026-03-31T22:00:00Z')
  expect(parse(line)).toEqual({ workspaces: 2, posts: 40, days: 30, seed: 0, until })
})

test('--help asks for words, not for data', () => {
  expect(parse('--help')).toBeUndefined()
})

test.each([
  ['--posts none', '--posts none is no whole number from 1 to 20000000: say --posts 1500'],
  ['--posts 0', '--posts 0'],
  ['--posts -5', '--posts'],
  ['--workspaces 1.5', '--workspaces 1.5'],
  ['--days 731', 'to 730'],
  ['--seed 2147483648', '--seed'],
  ['--until yesterday', '--until yesterday is no past instant with its zone: say --until 2026-05-01T12:34Z'],
  ['--until 2026-04-01T00:00:00', '--until'],
  ['--until 2027-01-01T00:00:00Z', '--until'],
  ['--until 2026-02-30T99:00:00Z', '--until'],
  ['--post 5', '--post'],
  ['extra', 'extra'],
])('"%s" is refused, naming the option and the remedy', (line, said) => {
  expect(() => parse(line)).toThrow(said)
})

test('--remove is a word of its own: with --yes it is confirmed, with anything else refused', () => {
  expect(readRemoval(['--posts', '5'])).toBeUndefined()
  expect(readRemoval(['--remove'])).toEqual({ isConfirmed: false })
  expect(readRemoval(['--yes', '--remove'])).toEqual({ isConfirmed: true })
  expect(() => readRemoval(['--remove', '--seed', '1'])).toThrow('leave --seed out')
  expect(() => parse('--yes')).toThrow('--yes')
})
