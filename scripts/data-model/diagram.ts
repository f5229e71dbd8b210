/** Mermaid's entity-relationship diagrams (mermaid.js.org/syntax/entityRelationshipDiagram.html). */
import type { ClickHouseTable } from './clickhouse-catalogue.ts'
import type { Column, Table } from './postgres-catalogue.ts'

interface Attribute {
  readonly type: string
  readonly name: string
  readonly keys: readonly ('PK' | 'FK' | 'UK')[]
  readonly comment?: string | null
}
interface Line {
  readonly from: string
  readonly to: string
  readonly shape: string
  readonly label: string
}

const mostCommentLetters = 72

/** A quoted text of a diagram ends at the next quote, whatever stands before it. */
function quoted(text: string): string {
  const line = text.replaceAll('"', "'").replaceAll(/\s+/g, ' ').trim()
  if (line.length <= mostCommentLetters) return `"${line}"`
  return `"${line.slice(0, line.lastIndexOf(' ', mostCommentLetters - 1))} …"`
}

function render(
  entities: readonly (readonly [string, readonly Attribute[]])[],
  lines: readonly Line[],
): string {
  const attribute = ({ type, name, keys, comment }: Attribute) =>
    [`    ${type}`, name, keys.join(', '), comment ? quoted(comment) : ''].filter(Boolean).join(' ')
  return [
    'erDiagram',
    ...entities.flatMap(([name, attributes]) => [`  "${name}" {`, ...attributes.map(attribute), '  }']),
    ...lines.map(({ from, to, shape, label }) => `  "${from}" ${shape} "${to}" : ${quoted(label)}`),
  ].join('\n')
}

/** What tells a row, what leads elsewhere, what must be given, a state, and what needs a word. */
function matters(column: Column, isReference: boolean): boolean {
  return (
    column.isPrimary ||
    isReference ||
    column.isUnique ||
    column.isEnum ||
    column.isRequired ||
    column.comment !== null
  )
}

/**
 * The tables of one subject with the columns that matter and the foreign keys that start there. That a row belongs
 * to a workspace is drawn only where the workspaces are.
 */
export function postgresDiagram(tables: readonly Table[]): string {
  const drawsWorkspaces = tables.some(({ name }) => name === 'workspaces')
  const entities = tables.map((table) => {
    const referring = new Set(table.references.flatMap(({ columns }) => columns))
    const attributes = table.columns
      .filter((column) => matters(column, referring.has(column.name)))
      .map((column): Attribute => {
        const keys: Attribute['keys'] = [
          ...(column.isPrimary ? (['PK'] as const) : []),
          ...(referring.has(column.name) ? (['FK'] as const) : []),
          ...(column.isUnique && !column.isPrimary ? (['UK'] as const) : []),
        ]
        return {
          type: column.type.replace(/^bpchar$/, 'char'),
          name: column.name,
          keys,
          comment: column.comment,
        }
      })
    return [table.name, attributes] as const
  })
  const lines = tables.flatMap((table) =>
    table.references
      .filter(({ to }) => to !== 'workspaces' || drawsWorkspaces)
      .map((reference) => ({
        from: reference.to,
        to: table.name,
        shape: `${reference.isOptional ? '|o' : '||'}--${reference.isSingle ? 'o|' : 'o{'}`,
        label: reference.columns.join(', '),
      })),
  )
  return render(entities, lines)
}

/** The tables of ClickHouse with all columns; a line leads from raw rows to the rollup that they feed. */
export function clickhouseDiagram(tables: readonly ClickHouseTable[]): string {
  const entities = tables.map(({ name, columns }) => {
    const attributes = columns.map((column): Attribute => {
      const [, outer = column.type] =
        /^(\w+)/.exec(column.type.replace(/^(LowCardinality|Nullable)\((.*)\)$/, '$2')) ?? []
      return { type: outer, name: column.name, keys: column.inKey ? ['PK'] : [] }
    })
    return [name, attributes] as const
  })
  const lines = tables.flatMap(({ name, feeds }) =>
    feeds.map((feed) => ({ from: name, to: feed.replace(/_feed$/, ''), shape: '||--o{', label: 'feeds' })),
  )
  return render(entities, lines)
}
