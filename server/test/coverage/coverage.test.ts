/** Every element that the five sources name has a home here, of the kind and type that it claims: see homes.ts. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../world.ts'
import { keyOf, readCoverage, readSourceElements, type SourceElement } from './coverage-lines.ts'
import { readCatalogue } from './engine-catalogue.ts'
import { createMisfits, falseHomes } from './false-homes.ts'
import type { Surroundings } from './home-check.ts'
import { checkHome, homeChecks } from './homes.ts'
import { rhythmOf } from './program-homes.ts'
import {
  functionArguments,
  indexDefinitions,
  policyCommands,
  triggerDefinitions,
} from './source-definitions.ts'

/** What belongs to later work. Whoever builds a part of it lowers the number with it; it never grows. */
const missingElements = 19

let world: World
let elements: SourceElement[]
let surroundings: Surroundings
beforeAll(async () => {
  world = await createWorld()
  await createMisfits(world)
  elements = await readSourceElements()
  surroundings = { catalogue: await readCatalogue(world), lines: await readCoverage(elements) }
})
afterAll(() => world.stop())

const sorted = (items: readonly Parameters<typeof keyOf>[0][]) => items.map(keyOf).sort()

test('every element of the sources has exactly one line', () => {
  expect(elements.length).toBeGreaterThanOrEqual(1_100)
  expect(sorted(surroundings.lines)).toEqual(sorted(elements))
})

test('every home is there, and is what the source asks for', async () => {
  const findings = await Promise.all(
    surroundings.lines.map(async (line) => {
      const fault = await checkHome(line, surroundings)
      return fault === undefined ? [] : [`${keyOf(line)}: ${fault}`]
    }),
  )
  expect(findings.flat()).toEqual([])
})

test('what is said of an element by its name is said of one that there is', () => {
  const keys = new Set(elements.map(keyOf))
  const named = [indexDefinitions, functionArguments, triggerDefinitions, policyCommands].flatMap(Object.keys)
  expect(named.filter((key) => !keys.has(key))).toEqual([])
})

test('what is missing is known to the last element', () => {
  const missing = surroundings.lines.filter(({ home }) => home.startsWith('missing '))
  const list = missing.map((line) => `${keyOf(line)}: ${line.home.slice('missing '.length)}`).join('\n')
  expect(missing.length, list).toBe(missingElements)
})

test('a value of an enum is one of the enum of its column, or a note says why not', () => {
  const { lines, catalogue } = surroundings
  let compared = 0
  const findings = lines.flatMap((line) => {
    const [, owner = ''] = /^(.*)\.\w+$/.exec(line.name) ?? []
    const [, type] = /^enum \w+\.(\w+)=/.exec(line.home) ?? []
    if (line.kind !== 'enum' || line.note !== '') return []
    const columns = lines.filter(
      ({ system, kind, name, detail }) =>
        system === line.system && kind === 'column' && (name === owner || detail.startsWith(`${owner} `)),
    )
    return columns.flatMap(({ home }) => {
      const column = catalogue.columns.get(home.replace(/^column /, ''))
      if (!column) return []
      compared += 1
      return column.type === type ? [] : [`${keyOf(line)} is in ${type}, its column is ${column.type}`]
    })
  })
  expect(findings).toEqual([])
  expect(compared).toBeGreaterThan(90)
})

test.each(falseHomes)('a home that is false is found: %s %s', async (home, says, line = {}) => {
  const claim = { system: 'x', kind: 'x', name: 'x', detail: '', note: '', ...line, home }
  expect(await checkHome(claim, surroundings)).toContain(says)
})

test('every kind of home is shown to be able to fail', () => {
  const shown = new Set(falseHomes.map(([home]) => home.split(' ')[0]))
  expect(Object.keys(homeChecks).filter((kind) => !shown.has(kind))).toEqual([])
})

test.each([
  ['* * * * *', 'by the minute'],
  ['7 * * * *', 'hourly'],
  ['17 3 * * *', 'daily'],
  ['17 3 * * 1', 'weekly'],
  ['17 3 1 * *', 'monthly'],
  ['17 3 1 1 *', '17 3 1 1 *'],
  ['0 */6 * * *', '0 */6 * * *'],
])('the rhythm of %s is %s', (cron, rhythm) => {
  expect(rhythmOf(cron)).toBe(rhythm)
})
