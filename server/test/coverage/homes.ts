/**
 * The grammar of homes in docs/source-coverage.tsv, and how each kind is held against what really is there. Where one
 * home is not enough, several are joined by ` + `: all of them must hold.
 *
 *   table S.T                      view S.V              mview S.V            schema S        extension E
 *   column S.T.C                   a column of a table or view, of a type that fits the source's
 *   columns S.T.prefix_*           at least two columns that begin so
 *   enum S.T=value                 a value of an enum
 *   index S.I(a, b)                an index that leads with these, after the workspace; a column that has one value in
 *                                  a partial index needs no place. If the source names columns that live in the same
 *                                  table, they are these in its order; what it calls unique, partial, GIN or BRIN must
 *                                  be so. Where the index has other columns on purpose, the note begins with
 *                                  `instead of (x, y): ` and the source's own
 *   key S.T(a, b)                  a unique key of exactly these columns
 *   order T(a, b)                  a ClickHouse table kept in this order, after the workspace
 *   reference S.T.C -> S.T         a foreign key
 *   function S.F                   with the arguments that the source names
 *   trigger S.T.name -> S.F        which calls that function, on the table and at the moment that the source names
 *   policy S.T.name for command    or S.T.prefix_* for command, command: all commands that these policies open
 *   statistics S.T.C=1000          option S.T.name=value  partitioned S.T       retention S.T=1 year
 *   grant role privilege schema S
 *   check name                     a check of the catalogue test, by its key; it runs there
 *   index-count N                  at least so many indexes
 *   clickhouse T, clickhouse T.C   vectors T              a table that is held to the source's dimensions and searched
 *                                  by its distance
 *   cache key template             with the source's lifetime
 *   channel template
 *   job name rhythm                registered, and by the minute, hourly, daily, weekly or monthly as said, and as the
 *                                  source's line is called
 *   test path::title               a test of that title
 *   missing reason                 belongs to work that is not done yet
 *   none                           not wanted; the note says why
 */
import { readFile } from 'node:fs/promises'
import {
  allChecks,
  functionChecks,
  grantChecks,
  roleChecks,
  tableChecks,
} from '../security/catalogue-checks.ts'
import type { CoverageLine } from './coverage-lines.ts'
import type { EngineCatalogue } from './engine-catalogue.ts'
import { isFitting, isFittingInClickHouse } from './fitting-types.ts'
import { absent, type HomeCheck, type Surroundings } from './home-check.ts'
import { index, key, order } from './index-homes.ts'
import { functionHome, job, policy, trigger } from './program-homes.ts'

const present = (of: (catalogue: EngineCatalogue) => { has(name: string): boolean }): HomeCheck => {
  return (what, _, { catalogue }) => (of(catalogue).has(what) ? undefined : absent(what))
}
const relation = (kinds: string): HomeCheck => {
  return (what, _, { catalogue }) => {
    const kind = catalogue.relations.get(what)
    return kind !== undefined && kinds.includes(kind) ? undefined : absent(what)
  }
}

const column: HomeCheck = (what, { detail }, { catalogue }) => {
  const fact = catalogue.columns.get(what)
  if (!fact) return absent(what)
  return isFitting(detail, fact) ? undefined : `${what} is ${fact.type}, the source says ${detail}`
}

const valued =
  (of: (catalogue: EngineCatalogue) => ReadonlyMap<string, unknown>, same = String): HomeCheck =>
  (what, _, { catalogue }) => {
    const [name = '', value = ''] = what.split('=')
    const found = of(catalogue).get(name)
    return same(found) === value ? undefined : `${name} is ${found}, not ${value}`
  }

const clickhouse: HomeCheck = (what, { detail }, { catalogue }) => {
  const type = catalogue.clickhouse.get(what)
  if (type === undefined) return absent(what)
  return isFittingInClickHouse(detail, type) ? undefined : `${what} is ${type}, the source says ${detail}`
}

const vectors: HomeCheck = (what, { detail }, { catalogue }) => {
  const fact = catalogue.vectors.get(what)
  if (!fact) return absent(what)
  const [, dimensions, distance] = /^dimension (\d+), (\w+)$/.exec(detail) ?? []
  if (dimensions === undefined) return undefined
  if (fact.dimensions !== Number(dimensions))
    return `${what} has ${fact.dimensions} dimensions, the source says ${dimensions}`
  return fact.distance === distance
    ? undefined
    : `${what} is searched by ${fact.distance}, the source says ${distance}`
}

const units = { minutes: 60_000, hour: 3_600_000, hours: 3_600_000 } as const
const cacheKey: HomeCheck = (what, { detail }, { catalogue }) => {
  const template = what.replace(/^key /, '')
  const lifetimeMs = catalogue.cacheKeys.get(template)
  if (lifetimeMs === undefined) return absent(template)
  const [, amount, unit] = /^TTL (\d+) (minutes|hours?)$/.exec(detail) ?? []
  if (amount === undefined || (unit !== 'minutes' && unit !== 'hour' && unit !== 'hours')) return undefined
  const wantedMs = Number(amount) * units[unit]
  return lifetimeMs === wantedMs ? undefined : `${template} lives ${lifetimeMs} ms, the source says ${detail}`
}

const test: HomeCheck = async (what) => {
  const [path = '', title = ''] = what.split('::')
  const text = await readFile(new URL(`../../../${path}`, import.meta.url), 'utf8').catch(() => '')
  const quoted = `'${title.replaceAll("'", "\\'")}'`
  // Called with the title, or named so in a table of tests; one that is skipped does not count.
  const found = text
    .split(quoted)
    .slice(0, -1)
    .some(
      (before) => /(\btest\(|\)\(|\brule: )\s*$/.test(before) && !/(\btest\.skip\w*\(|\/\/).*$/.test(before),
    )
  return found ? undefined : absent(what)
}

const checkGroups = [tableChecks, grantChecks, functionChecks, roleChecks]
const catalogueCheck: HomeCheck = (what) => {
  const found = checkGroups.flatMap((group) => Object.entries(group)).find(([name]) => name === what)?.[1]
  return found && allChecks.includes(found) ? undefined : absent(what)
}

export const homeChecks: Readonly<Record<string, HomeCheck>> = {
  table: relation('rp'),
  view: relation('v'),
  mview: relation('m'),
  schema: present(({ schemas }) => schemas),
  extension: present(({ extensions }) => extensions),
  column,
  columns: (what, _, { catalogue }) => {
    const found = [...catalogue.columns.keys()].filter((name) => name.startsWith(what.replace(/\*$/, '')))
    return found.length >= 2 ? undefined : absent(what)
  },
  enum: present(({ enums }) => enums),
  index,
  key,
  reference: present(({ references }) => references),
  order,
  function: functionHome,
  trigger,
  policy,
  statistics: valued(({ statistics }) => statistics),
  option: present(({ options }) => options),
  partitioned: relation('p'),
  // A year is shown as "1 year", ninety days as "90 days".
  retention: valued(({ retention }) => retention),
  grant: present(({ schemaGrants }) => schemaGrants),
  check: catalogueCheck,
  'index-count': (what, _, { catalogue }) =>
    catalogue.indexes.size >= Number(what) ? undefined : `there are ${catalogue.indexes.size}`,
  clickhouse,
  vectors,
  cache: cacheKey,
  channel: present(({ channels }) => channels),
  job,
  test,
  missing: (what) => (what.length >= 10 ? undefined : 'says no reason'),
  none: (_, { note }) => (note.length >= 10 ? undefined : 'says no reason'),
}

/** What is wrong with the home of a line, or nothing. */
export async function checkHome(line: CoverageLine, surroundings: Surroundings): Promise<string | undefined> {
  for (const home of line.home.split(' + ')) {
    const [kind = '', what = ''] = home.split(/ (.*)/)
    const check = homeChecks[kind]
    if (!check) return `${home}: no such kind of home`
    const fault = await check(what, line, surroundings)
    if (fault !== undefined) return fault
  }
  return undefined
}
