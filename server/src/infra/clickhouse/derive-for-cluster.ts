import { MigrationError } from '../migrations.ts'
import {
  alterTable,
  type Derivation,
  localName,
  nameAt,
  replaceTokens,
  startsWith,
} from './cluster-statements.ts'
import { type SqlToken, sqlString, sqlTokens } from './sql-tokens.ts'

/**
 * Derives from one statement, written for a single server, what a replicated and sharded cluster runs:
 *
 * - A table with a `workspace_id` becomes `x_local`, replicated within its shard, and `x`, a Distributed table
 *   over all shards by the hash of the workspace: one workspace lies on one shard, and readers and writers
 *   keep the name they know. A table without one is small: under its own name, with a copy on every server.
 * - A materialized view reads local tables and writes local ones: a row is rolled up where it lies.
 * - An ALTER reaches the local table, and the Distributed one where it is about columns.
 *
 * `cluster` is the name in the servers' configuration, or a macro of theirs like `{cluster}`. The servers
 * define the macros `{shard}` and `{replica}`; the cluster has `internal_replication`. The current database
 * exists on all of them. Throws MigrationError for a statement that it has no rule for: nothing ever passes
 * through unseen.
 */
export function deriveForCluster(statement: string, cluster: string): string[] {
  const derivation: Derivation = {
    statement,
    tokens: [...sqlTokens(statement)],
    clusterName: sqlString(cluster),
    refuse(reason) {
      throw new MigrationError(
        `No statements for a cluster can be derived: ${reason}. The statement is: ${statement}`,
      )
    },
  }
  const rule = rules.find(({ opening }) => startsWith(derivation.tokens, opening))
  if (rule === undefined) return derivation.refuse('no rule for this kind of statement')
  return rule.derive(derivation, rule.opening.length)
}

interface Rule {
  readonly opening: readonly string[]
  /** `nameIndex` is that of the token after the opening: the name of the table or view. */
  derive(derivation: Derivation, nameIndex: number): string[]
}

const rules: readonly Rule[] = [
  { opening: ['CREATE', 'TABLE', 'IF', 'NOT', 'EXISTS'], derive: createTable },
  { opening: ['CREATE', 'MATERIALIZED', 'VIEW', 'IF', 'NOT', 'EXISTS'], derive: createMaterializedView },
  { opening: ['CREATE', 'VIEW', 'IF', 'NOT', 'EXISTS'], derive: onEveryServer },
  { opening: ['CREATE', 'OR', 'REPLACE', 'VIEW'], derive: onEveryServer },
  { opening: ['DROP', 'VIEW', 'IF', 'EXISTS'], derive: onEveryServer },
  { opening: ['DROP', 'TABLE', 'IF', 'EXISTS'], derive: dropTable },
  { opening: ['ALTER', 'TABLE'], derive: alterTable },
  // Written through the Distributed table, once for the whole cluster.
  { opening: ['INSERT', 'INTO'], derive: ({ statement }) => [statement] },
]

function createTable(derivation: Derivation, nameIndex: number): string[] {
  const { statement, tokens, clusterName, refuse } = derivation
  const name = nameAt(derivation, nameIndex)
  if (tokens[nameIndex + 1]?.text !== '(') return refuse('the table has no list of columns')
  const columnsEnd = tokens.findIndex((token, index) => index > nameIndex && isClosing(token))
  const columns = tokens.slice(nameIndex + 2, columnsEnd)
  const [engine, equals, family, bracket, firstArgument] = tokens.slice(columnsEnd + 1)
  if (engine?.text !== 'ENGINE' || equals?.text !== '=' || family === undefined) {
    return refuse('ENGINE = does not follow the columns')
  }
  const familyName = statement.slice(family.start, family.end)
  if (!/^(?!Replicated)[A-Za-z]*MergeTree$/.test(familyName)) return refuse(`the engine is ${familyName}`)

  const sharded = hasWorkspace(columns)
  const ownName = sharded ? localName(name) : name
  const arguments_ = sharded
    ? "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"
    : "'/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}'"
  const hasArguments = bracket?.text === '('
  const separator = firstArgument?.text === ')' ? '' : ', '
  const local = replaceTokens(statement, [
    { at: tokens[nameIndex], text: `${ownName} ON CLUSTER ${clusterName}` },
    { at: family, text: `Replicated${familyName}${hasArguments ? '' : `(${arguments_})`}` },
    ...(hasArguments ? [{ at: bracket, text: `(${arguments_}${separator}` }] : []),
  ])
  if (!sharded) return [local]
  return [
    local,
    `CREATE TABLE IF NOT EXISTS ${name} ON CLUSTER ${clusterName} AS ${ownName}\n` +
      `ENGINE = Distributed(${clusterName}, currentDatabase(), ${sqlString(ownName)}, cityHash64(workspace_id))`,
  ]
}

const isClosing = ({ text, depth }: SqlToken) => text === ')' && depth === 0

/** A column's name stands first, or after a comma, in the outermost bracket. */
function hasWorkspace(columns: readonly SqlToken[]): boolean {
  return columns.some(({ text, kind, depth }, index) => {
    const previous = columns[index - 1]
    return kind === 'word' && text === 'WORKSPACE_ID' && depth === 1 && (!previous || previous.text === ',')
  })
}

/** What may follow the one table that a view reads. */
const clausesAfterTable = new Set(['WHERE', 'PREWHERE', 'GROUP', 'HAVING', 'ORDER', 'LIMIT', 'SETTINGS', ')'])
const unreadable = new Set(['WITH', 'JOIN', 'UNION', 'INTERSECT', 'EXCEPT', 'FINAL', 'JOINGET', 'DICTGET'])

function createMaterializedView(derivation: Derivation, nameIndex: number): string[] {
  const { statement, tokens, clusterName, refuse } = derivation
  const view = nameAt(derivation, nameIndex)
  const [to, , as, select] = tokens.slice(nameIndex + 1)
  if (to?.text !== 'TO' || as?.text !== 'AS' || select?.text !== 'SELECT') {
    return refuse('a materialized view is written as name TO table AS SELECT')
  }
  const target = nameAt(derivation, nameIndex + 2)
  const query = tokens.slice(nameIndex + 4)
  const hindrance = query.find(({ kind, text }) => kind === 'word' && unreadable.has(text))
  if (hindrance) return refuse(`${hindrance.text} in a materialized view`)
  const reads = query.flatMap((token, offset) => {
    const index = nameIndex + 4 + offset
    if (token.kind !== 'word' || token.text !== 'FROM' || tokens[index + 1]?.text === '(') return []
    const source = nameAt(derivation, index + 1)
    const after = tokens[index + 2]
    if (after && !clausesAfterTable.has(after.text)) refuse(`${after.text} after FROM ${source}`)
    // Under its old name within the query, where columns may be qualified with it.
    return [{ at: tokens[index + 1], text: `${localName(source)} AS ${source}` }]
  })
  return [
    replaceTokens(statement, [
      { at: tokens[nameIndex], text: `${view} ON CLUSTER ${clusterName}` },
      { at: tokens[nameIndex + 2], text: localName(target) },
      ...reads,
    ]),
  ]
}

/** A view has no rows: it is the same everywhere, and reads the Distributed tables. */
function onEveryServer(derivation: Derivation, nameIndex: number): string[] {
  const name = nameAt(derivation, nameIndex)
  const text = `${name} ON CLUSTER ${derivation.clusterName}`
  return [replaceTokens(derivation.statement, [{ at: derivation.tokens[nameIndex], text }])]
}

/** SYNC: the path of the replicas is free again when the statement ends. */
function dropTable(derivation: Derivation, nameIndex: number): string[] {
  const name = nameAt(derivation, nameIndex)
  if (derivation.tokens.length > nameIndex + 1) return derivation.refuse('something follows the name')
  return [name, localName(name)].map(
    (table) => `DROP TABLE IF EXISTS ${table} ON CLUSTER ${derivation.clusterName} SYNC`,
  )
}
