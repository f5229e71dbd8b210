import { expect, test } from 'vitest'
import { createOwedDrops } from './owed-drops.ts'

test('what fails to be taken back stays owed, and what is given up meanwhile is owed once more', async () => {
  const owed = createOwedDrops()
  owed.add('a')
  const failing = owed.settle(async () => {
    expect(owed.has('a')).toBe(true)
    throw new Error('away')
  })
  await expect(failing).rejects.toThrow('away')
  expect(owed.has('a')).toBe(true)
  const turns: (readonly string[] | 'all')[] = []
  await owed.settle(async (names) => {
    if (turns.length === 0) owed.add('a')
    turns.push(names)
  })
  expect(turns).toEqual([['a'], ['a']])
  expect(owed.has('a')).toBe(false)
})

test('beyond what can be named everything is owed, until all of it is taken back', async () => {
  const owed = createOwedDrops()
  for (let n = 0; n <= 10_000; n += 1) owed.add(`${n}`)
  expect(owed.has('never named')).toBe(true)
  await expect(owed.settle(() => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(owed.has('never named')).toBe(true)
  const turns: unknown[] = []
  await owed.settle(async (names) => {
    turns.push(names)
    expect(owed.has('never named')).toBe(true)
  })
  expect(turns).toEqual(['all'])
  expect(owed.has('never named')).toBe(false)
})

test('many names are taken back in turns that a server can bear, each once, by one caller at a time', async () => {
  const owed = createOwedDrops()
  for (let n = 0; n < 1_234; n += 1) owed.add(`${n}`)
  const dropped: string[] = []
  const drop = async (names: readonly string[] | 'all') => {
    expect(names.length).toBeLessThanOrEqual(500)
    if (names !== 'all') dropped.push(...names)
    await Promise.resolve()
  }
  await Promise.all([owed.settle(drop), owed.settle(drop)])
  expect(dropped).toHaveLength(1_234)
  expect(new Set(dropped).size).toBe(1_234)
})
