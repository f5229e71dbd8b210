/**
 * The grammar of homes in docs/source-coverage.tsv, and how each kind is held against what really is there.
 *
 *   table S.T                      view S.V              mview S.V            schema S        extension E
 *   column S.T.C                   a column of a table or view, of a type that fits the source's
 *   columns S.T.prefix_*           at least two columns that begin so
 *   enum S.T=value                 a value of an enum
 *   index S.I(a, b)                an index with these among its columns or in its condition; if the source names
 *                                  columns that live in the same table they must be among them, and what it calls
 *                                  unique, partial, GIN or BRIN must be so
 *   key S.T(a, b)                  a unique key of the table that has these columns
 *   reference S.T.C -> S.T         a foreign key
 *   function S.F                   trigger S.T.name       policy S.T.name
 *   statistics S.T.C=1000          option S.T.name=value  partitioned S.T       retention S.T=1 year
 *   grant role privilege schema S
 *   check name                     a check of the catalogue test, by its key; it runs there
 *   index-count N                  at least so many indexes
 *   clickhouse T, clickhouse T.C   vectors T              a table with an embedding of 1536 dimensions
 *   cache key template             with the source's lifetime
 *   channel template
 *   job name rhythm                registered, and by the minute, hourly, daily, weekly or monthly as said
 *   test path::title               a test of that title; * for any
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
import { type CoverageLine, keyOf } from './coverage-lines.ts'
import type { EngineCatalogue } from './engine-catalogue.ts'
import { isFitting, isFittingInClickHouse } from './fitting-types.ts'
import { readSourceIndex } from './source-index.ts'

export interface Surroundings {
  readonly catalogue: EngineCatalogue
  /** All lines, for finding where the columns of an index live. */
  readonly lines: readonly CoverageLine[]
}

/** What is wrong with the home of a line, or nothing. `what` is the home without its kind. */
type HomeCheck = (
  what: string,
  line: CoverageLine,
  surroundings: Surroundings,
) => string | undefined | Promise<string | undefined>

const absent = (what: string) => `${what} is not there`
const present = (of: (catalogue: EngineCatalogue) => { has(name: string): boolean }): HomeCheck => {
  return (what, _, { catalogue }) => (of(catalogue).has(what) ? undefined : absent(what))
}
const relation = (kinds: string): HomeCheck => {
  return (what, _, { catalogue }) => {
    const kind = catalogue.relations.get(what)
    return kind !== undefined && kinds.includes(kind) ? undefined : absent(what)
  }
}
const listOf = (text: string) => text.split(',').map((part) => part.trim())

const column: HomeCheck = (what, { detail }, { catalogue }) => {
  const fact = catalogue.columns.get(what)
  if (!fact) return absent(what)
  return isFitting(detail, fact) ? undefined : `${what} is ${fact.type}, the source says ${detail}`
}

const index: HomeCheck = (what, line, { catalogue, lines }) => {
  const [, name = '', list = ''] = /^([\w.]+)\((.+)\)$/.exec(what) ?? []
  const fact = catalogue.indexes.get(name)
  if (!fact) return absent(what)
  const claimed = listOf(list)
  const covers = (claim: string) =>
    fact.columns.includes(claim) || new RegExp(`\\b${claim}\\b`).test(fact.predicate ?? '')
  const uncovered = claimed.filter((claim) => !covers(claim))
  if (uncovered.length > 0) return `${name} does not cover ${uncovered.join(', ')}`
  const source = readSourceIndex(line)
  const wanted = source.columns.flatMap((sourceColumn) => {
    const home = lines.find(
      (other) => keyOf(other) === keyOf({ ...line, kind: 'column', name: sourceColumn }),
    )?.home
    return home?.startsWith(`column ${fact.table}.`) ? [home.slice(`column ${fact.table}.`.length)] : []
  })
  const unclaimed = wanted.filter((name) => !claimed.includes(name))
  if (unclaimed.length > 0) return `${name} is to cover ${unclaimed.join(', ')} as well`
  if (source.method && fact.method !== source.method) return `${name} is ${fact.method}, not ${source.method}`
  if (source.unique && !fact.unique) return `${name} is not unique`
  return source.partial && !fact.predicate ? `${name} is not partial` : undefined
}

const key: HomeCheck = (what, _, { catalogue }) => {
  const [, table = '', list = ''] = /^([\w.]+)\((.+)\)$/.exec(what) ?? []
  const found = catalogue.keys
    .get(table)
    ?.some((columns) => listOf(list).every((name) => columns.includes(name)))
  return found ? undefined : absent(what)
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

/** How often a cron expression comes round, by its coarsest fixed field. */
export function rhythmOf(cron: string): string {
  const [minute = '*', hour = '*', dayOfMonth = '*', , dayOfWeek = '*'] = cron.split(' ')
  if (/^\d+$/.test(dayOfMonth)) return 'monthly'
  if (/^\d+$/.test(dayOfWeek)) return 'weekly'
  if (/^\d+$/.test(hour)) return 'daily'
  return /^\d+$/.test(minute) ? 'hourly' : 'by the minute'
}

const job: HomeCheck = (what, _, { catalogue }) => {
  const [name = '', rhythm = ''] = what.split(/ (.*)/)
  const cron = catalogue.schedules.get(name)
  if (cron === undefined) return absent(`a schedule for ${name}`)
  return rhythmOf(cron) === rhythm ? undefined : `${name} is ${rhythmOf(cron)}, not ${rhythm}`
}

const test: HomeCheck = async (what) => {
  const [path = '', title = ''] = what.split('::')
  const text = await readFile(new URL(`../../../${path}`, import.meta.url), 'utf8').catch(() => '')
  const found = title === '*' ? /\btest\(/.test(text) : text.includes(`'${title.replaceAll("'", "\\'")}'`)
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
  function: present(({ functions }) => functions),
  trigger: present(({ triggers }) => triggers),
  policy: present(({ policies }) => policies),
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
  vectors: (what, line, surroundings) =>
    clickhouse(`${what}.embedding`, { ...line, detail: '' }, surroundings) ??
    (line.detail.startsWith('dimension 1536, cosine') ? undefined : `the source says ${line.detail}`),
  cache: cacheKey,
  channel: present(({ channels }) => channels),
  job,
  test,
  missing: (what) => (what.length >= 10 ? undefined : 'says no reason'),
  none: (_, { note }) => (note.length >= 10 ? undefined : 'says no reason'),
}

/** What is wrong with the home of a line, or nothing. */
export async function checkHome(line: CoverageLine, surroundings: Surroundings): Promise<string | undefined> {
  const [kind = '', what = ''] = line.home.split(/ (.*)/)
  const check = homeChecks[kind]
  if (!check) return `${line.home}: no such kind of home`
  return check(what, line, surroundings)
}
