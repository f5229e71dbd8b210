import { invalidInput } from '../errors.ts'
import { toColumn, type VectorColumn, type VectorTable } from './clickhouse-columns.ts'
import type { VectorCondition, VectorQuery } from './vector-index.ts'

export interface VectorSearch {
  readonly text: string
  readonly parameters: Record<string, unknown>
}

const columnTypes: Readonly<Record<VectorColumn['kind'], string>> = {
  id: 'UUID',
  text: 'String',
  list: 'String',
  number: 'Float64',
  instant: "DateTime64(3, 'UTC')",
}

/**
 * The latest row of every key first, then the conditions on it: so an older row that would fit never answers,
 * merged or not. Only names from the table's description become SQL; what is asked for is bound.
 */
export function vectorSearch<Key extends object, Metadata extends object>(
  { table, key, metadata }: VectorTable<Key, Metadata>,
  workspaceId: string,
  { model, vector, topK, filter = {} }: VectorQuery<Key, Metadata>,
): VectorSearch {
  const keyColumns = Object.values<VectorColumn>(key).map(({ column }) => column)
  const metadataColumns = Object.values<VectorColumn>(metadata).map(({ column }) => column)
  const latest = ['is_deleted', 'distance', ...metadataColumns]
  const columns = new Map<string, VectorColumn>([
    ...Object.entries<VectorColumn>(key),
    ...Object.entries<VectorColumn>(metadata),
  ])
  const parameters: Record<string, unknown> = {
    workspace: workspaceId,
    model,
    vector,
    top_k: topK,
  }
  const conditions = Object.entries<VectorCondition | undefined>(filter).flatMap(([field, condition]) => {
    const column = columns.get(field)
    if (column === undefined) throw fault(field, 'is no field of this index')
    return condition === undefined ? [] : toSql(field, column, condition, parameters)
  })
  const text = `
    SELECT ${keyColumns.join(', ')},
      ${latest.map((name, index) => `tupleElement(latest, ${index + 1}) AS ${name}`).join(', ')}
    FROM
    (
      SELECT ${keyColumns.join(', ')},
        argMax(
          tuple(is_deleted, cosineDistance(embedding, CAST({vector:Array(Float32)}, 'Array(BFloat16)')),
            ${metadataColumns.join(', ')}),
          version
        ) AS latest
      FROM ${table}
      WHERE workspace_id = {workspace:UUID} AND model = {model:String}
      GROUP BY ${keyColumns.join(', ')}
    )
    WHERE ${['is_deleted = 0', ...conditions].join(' AND ')}
    ORDER BY distance, ${keyColumns.join(', ')}
    LIMIT {top_k:UInt32}
    SETTINGS use_query_condition_cache = 0`
  return { text, parameters }
}

/** One SQL condition for each bound, whose values are added to the parameters. */
function toSql(
  field: string,
  { column, kind }: VectorColumn,
  condition: VectorCondition,
  parameters: Record<string, unknown>,
): string[] {
  const ordered = kind === 'number' || kind === 'instant'
  if ('anyOf' in condition) {
    if (ordered) throw fault(field, 'is compared by atLeast and below')
    const name = `${column}_any_of`
    parameters[name] = condition.anyOf
    const values = `{${name}:Array(${columnTypes[kind]})}`
    return [kind === 'list' ? `hasAny(${column}, ${values})` : `has(${values}, ${column})`]
  }
  const bounds = [
    { name: `${column}_at_least`, comparison: '>=', value: condition.atLeast },
    { name: `${column}_below`, comparison: '<', value: condition.below },
  ]
  return bounds.flatMap(({ name, comparison, value }) => {
    if (value === undefined) return []
    if (!ordered) throw fault(field, 'is compared by anyOf')
    if (value instanceof Date !== (kind === 'instant')) throw fault(field, `is no ${kind}`)
    parameters[name] = toColumn(value)
    return [`${column} ${comparison} {${name}:${columnTypes[kind]}}`]
  })
}

const fault = (field: string, message: string) =>
  invalidInput(undefined, { faults: [{ field: `filter.${field}`, message }] })
