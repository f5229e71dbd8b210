import type pg from 'pg'
import type { Row, TableRow } from './items.ts'

export interface RowWriter {
  add(item: TableRow): void
  /** Resolves when there is room for more; rejects when something could not be written. */
  room(): Promise<void>
  /** Resolves when everything is written. */
  flush(): Promise<void>
}

export interface Table {
  readonly columns: ReadonlyMap<string, string>
  /** Tables that this one refers to have a lower rank. */
  readonly rank: number
}
export type Tables = ReadonlyMap<string, Table>

/** Large enough that a statement's own cost does not count, small enough for a few megabytes of memory. */
const rowsPerTurn = 8_000

/**
 * Writes rows in statements of thousands: one array for each column, unnested by the server. What is
 * referred to is written before what refers to it. While one turn is being written the next is being filled, and no
 * more.
 */
export function createRowWriter(client: pg.ClientBase, tables: Tables): RowWriter {
  const waiting = new Map<string, { table: string; rank: number; rows: Row[] }>()
  let count = 0
  let writing: Promise<void> = Promise.resolve()

  const turn = () => {
    const batches = [...waiting.values()].sort((one, other) => one.rank - other.rank)
    const statements = batches.map(({ table, rows }) => insertOf(table, rows, tables))
    waiting.clear()
    count = 0
    const write = async () => {
      for (const statement of statements) await client.query(statement)
    }
    writing = write()
    // Whoever waits next is told; until then nobody listens.
    writing.catch(() => undefined)
  }

  return {
    add({ table, row, shape }) {
      const key = table + shape
      const batch = waiting.get(key)
      if (batch) batch.rows.push(row)
      else waiting.set(key, { table, rank: tables.get(table)?.rank ?? 0, rows: [row] })
      count += 1
    },
    async room() {
      if (count < rowsPerTurn) return
      await writing
      turn()
    },
    async flush() {
      await writing
      turn()
      await writing
    },
  }
}

/** All rows of one table have the columns of the first. */
function insertOf(table: string, rows: readonly Row[], tables: Tables): { text: string; values: string[] } {
  const columns = Object.keys(rows[0] ?? {})
  const typeOf = (column: string) => {
    const type = tables.get(table)?.columns.get(column)
    if (!type) throw new Error(`there is no column ${table}.${column}`)
    return type
  }
  // An array of arrays would be unnested to its elements: those travel as text.
  const isList = (column: string) => typeOf(column).endsWith('[]')
  const parameters = columns.map(
    (column, index) => `$${index + 1}::${isList(column) ? 'text' : typeOf(column)}[]`,
  )
  const selected = columns.map((column, index) => `c${index}${isList(column) ? `::${typeOf(column)}` : ''}`)
  const names = columns.map((_, index) => `c${index}`).join(', ')
  return {
    text:
      `insert into ${table} (${columns.join(', ')}) select ${selected.join(', ')} ` +
      `from unnest(${parameters.join(', ')}) as given (${names})`,
    values: columns.map((column) => arrayLiteral(rows, column, typeOf(column))),
  }
}

function arrayLiteral(rows: readonly Row[], column: string, type: string): string {
  const isJson = type === 'jsonb' || type === 'json'
  let literal = '{'
  let separator = ''
  for (const row of rows) {
    literal += separator + element(row[column], isJson)
    separator = ','
  }
  return `${literal}}`
}

function element(value: unknown, isJson: boolean): string {
  if (value === null || value === undefined) return 'NULL'
  if (isJson) return quote(JSON.stringify(value))
  switch (typeof value) {
    case 'number':
    case 'boolean':
      return String(value)
    case 'string':
      return quote(value)
    default:
      if (value instanceof Date) return `"${value.toISOString()}"`
      if (value instanceof Uint8Array) return quote(`\\x${Buffer.from(value).toString('hex')}`)
      if (Array.isArray(value)) return quote(`{${value.map((part) => element(part, false)).join(',')}}`)
      throw new Error(`a value cannot be written: ${JSON.stringify(value)}`)
  }
}

const special = /["\\]/g
const quote = (text: string) => `"${text.replace(special, '\\$&')}"`
