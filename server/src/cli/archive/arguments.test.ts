import { expect, test } from 'vitest'
import { parseArchiveArguments } from './arguments.ts'

const id = '0198f000-0000-7000-8000-00000000000A'
const parse = (line: string) => parseArchiveArguments(line.split(' ').filter(Boolean))

test('without more it lists; read and restore take a name, read a workspace besides', () => {
  expect(parse('')).toEqual({ what: 'list' })
  expect(parse('read a')).toEqual({ what: 'read', name: 'a', workspaceId: undefined })
  expect(parse(`read --workspace ${id} a`)).toEqual({
    what: 'read',
    name: 'a',
    workspaceId: id.toLowerCase(),
  })
  expect(parse('restore a')).toEqual({ what: 'restore', name: 'a' })
})

test('--help asks for words alone', () => {
  expect([parse('--help'), parse('read --help')]).toEqual([undefined, undefined])
})

test.each([
  ['delete a', 'knows no "delete"'],
  ['read', 'needs a name: "npm run heliograph -- archive" lists them'],
  ['restore', 'needs a name'],
  ['read a b', 'takes one name, and got "b" on top'],
  ['read a --workspace mine', '--workspace mine is no id of a workspace'],
  ['read a --workspace', '--workspace'],
  [`restore a --workspace ${id}`, '--workspace belongs to "archive read"'],
  [`--workspace ${id}`, '--workspace belongs to'],
  ['read a --worksapce x', '--worksapce'],
])('"%s" is refused with the reason and the usage', (line, said) => {
  expect(() => parse(line)).toThrow(said)
  expect(() => parse(line)).toThrow('usage: npm run heliograph -- archive')
})
