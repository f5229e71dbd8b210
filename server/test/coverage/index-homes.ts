/** Indexes, unique keys and sorting orders, held against the columns that the source names and their order. */
import type { CoverageLine } from './coverage-lines.ts'
import type { IndexFact } from './engine-catalogue.ts'
import { absent, type HomeCheck, homeOf, lacksNote, listOf, type Surroundings } from './home-check.ts'
import { readSourceIndex, type SourceIndex } from './source-index.ts'

const readNamedList = (what: string) => /^([\w.]+)\((.+)\)$/.exec(what) ?? []
const startsWith = (columns: readonly string[], first: readonly string[]) =>
  first.every((name, position) => columns[position] === name)
const same = (left: readonly string[], right: readonly string[]) =>
  left.length === right.length && startsWith(left, right)
const worded = (columns: readonly string[]) => `(${columns.join(', ')})`

/** Every index of a tenant table begins with the workspace; what follows it is what the source asks for. */
const afterWorkspace = (columns: readonly string[]) =>
  columns[0] === 'workspace_id' ? columns.slice(1) : columns

/** Columns that have one value in a partial index, with that value: they need no place among its columns. */
function fixedBy(predicate: string | null): ReadonlyMap<string, string> {
  const [, flag, column, value] = /^(?:(\w+)|\((\w+) = '([^']*)'::[\w.]+\))$/.exec(predicate ?? '') ?? []
  if (flag) return new Map([[flag, 'true']])
  return new Map(column && value ? [[column, value]] : [])
}

/** What a column of the source is called in a table here; nothing where it lives in another one. */
function columnIn(
  table: string,
  source: SourceIndex,
  column: string,
  line: CoverageLine,
  { catalogue, lines }: Surroundings,
): string | undefined {
  const name = `${source.table}.${column}`
  const home = homeOf(lines, line, 'column', name) ?? (catalogue.columns.has(name) ? name : undefined)
  return home?.startsWith(`${table}.`) ? home.slice(table.length + 1) : undefined
}

export const index: HomeCheck = (what, line, surroundings) => {
  const [, name = '', list = ''] = readNamedList(what)
  const fact = surroundings.catalogue.indexes.get(name)
  if (!fact) return absent(what)
  const claimed = listOf(list)
  const source = readSourceIndex(line)
  return (
    faultOfLead(name, fact, claimed) ??
    faultOfColumns(name, fact, claimed, source, line, surroundings) ??
    faultOfForm(name, fact, source, line, surroundings)
  )
}

function faultOfLead(name: string, fact: IndexFact, claimed: readonly string[]): string | undefined {
  const fixed = fixedBy(fact.predicate)
  const led = claimed.filter((column) => !fixed.has(column))
  if (startsWith(fact.columns, led)) return undefined
  if (led.includes('workspace_id') && fact.columns[0] !== 'workspace_id')
    return `${name} does not begin with workspace_id`
  // The workspace may stand anywhere in the claim: with it first, the others keep their order.
  const others = led.filter((column) => column !== 'workspace_id')
  const lead = afterWorkspace(fact.columns)
  return startsWith(lead, others)
    ? undefined
    : `${name} leads with ${worded(lead)}, not with ${worded(others)}`
}

function faultOfColumns(
  name: string,
  fact: IndexFact,
  claimed: readonly string[],
  source: SourceIndex,
  line: CoverageLine,
  surroundings: Surroundings,
): string | undefined {
  if (source.columns.length === 0) {
    return line.kind === 'index' && lacksNote(line) ? 'the source names no columns, and no note' : undefined
  }
  const [instead, cited] = /^instead of (\([^)]*\)): \S/.exec(line.note) ?? []
  if (instead) {
    const asked = worded(source.columns)
    return cited === asked ? undefined : `the source asks for ${asked}, the note says ${cited}`
  }
  const here = source.columns.map((column) => columnIn(fact.table, source, column, line, surroundings))
  const wanted = here.filter((column) => column !== undefined)
  const away = source.columns.filter((_, position) => here[position] === undefined)
  if (away.length === 0)
    return same(claimed, wanted) ? undefined : `${name} is to lead with ${worded(wanted)}`
  // What lives in another table is translated by the claim, and the note says how.
  if (lacksNote(line)) return `${worded(away)} is not in ${fact.table}, and no note says by way of what`
  const kept = claimed.filter((column) => wanted.includes(column))
  return same(kept, wanted) && claimed.length <= source.columns.length
    ? undefined
    : `${name} is to have ${worded(wanted)} and at most ${away.length} more`
}

function faultOfForm(
  name: string,
  fact: IndexFact,
  source: SourceIndex,
  line: CoverageLine,
  surroundings: Surroundings,
): string | undefined {
  if (source.method && fact.method !== source.method) return `${name} is ${fact.method}, not ${source.method}`
  if (source.unique && !fact.unique) return `${name} is not unique`
  if (source.partial && !fact.predicate) return `${name} is not partial`
  if (source.only) {
    const column = columnIn(fact.table, source, source.only.column, line, surroundings)
    if (!column || fixedBy(fact.predicate).get(column) !== source.only.value)
      return `${name} is not limited to ${source.only.column} = ${source.only.value}`
  }
  if (line.kind !== 'index' || !lacksNote(line)) return undefined
  // Less than what the source asks for, unless a note says why it is enough.
  const lead = afterWorkspace(fact.columns)[0] ?? ''
  if (fact.predicate && !source.partial && fact.predicate !== `(${lead} IS NOT NULL)`)
    return `${name} has only rows where ${fact.predicate}, and no note`
  return fact.method === 'brin' && !source.method
    ? `${name} is brin, the source asks for a B-tree, and no note`
    : undefined
}

/** A unique key of exactly these columns; beyond the workspace they are the source's, or a note says why not. */
export const key: HomeCheck = (what, line, surroundings) => {
  const [, table = '', list = ''] = readNamedList(what)
  const claimed = listOf(list)
  const keys = surroundings.catalogue.keys.get(table) ?? []
  if (!keys.some((columns) => same(columns.toSorted(), claimed.toSorted()))) return absent(what)
  if (line.kind !== 'constraint' || !lacksNote(line)) return undefined
  const source = readSourceIndex(line)
  const wanted = source.columns.map((column) => columnIn(table, source, column, line, surroundings) ?? column)
  const beyond = (columns: readonly string[]) => columns.filter((column) => column !== 'workspace_id').sort()
  return same(beyond(claimed), beyond(wanted))
    ? undefined
    : `the source's key is ${worded(source.columns)}, and no note`
}

/** The order in which ClickHouse keeps a table, which is its index. */
export const order: HomeCheck = (what, _, { catalogue }) => {
  const [, table = '', list = ''] = readNamedList(what)
  const columns = catalogue.clickhouseOrders.get(table)
  if (!columns) return absent(what)
  const lead = afterWorkspace(columns)
  return startsWith(lead, afterWorkspace(listOf(list)))
    ? undefined
    : `${table} is ordered by ${worded(columns)}`
}
