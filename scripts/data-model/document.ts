/** docs/data-model.md: its introductions are written by hand, the parts between markers come from the catalogues. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type ClickHouseTable, readClickHouseCatalogue } from './clickhouse-catalogue.ts'
import { clickhouseDiagram, postgresDiagram } from './diagram.ts'
import { type PostgresCatalogue, readPostgresCatalogue, type SqlFunction } from './postgres-catalogue.ts'
import { clickhouseTables, misplaced, type Subject, subjects } from './subjects.ts'

export const dataModelFile = fileURLToPath(new URL('../../docs/data-model.md', import.meta.url))

/** The document as it must be today, from what it says by hand and from both migrated databases. */
export async function deriveDataModel(databaseUrl: string, clickhouseUrl: string): Promise<string> {
  const [kept, postgres, clickhouse] = await Promise.all([
    readFile(dataModelFile, 'utf8'),
    readPostgresCatalogue(databaseUrl),
    readClickHouseCatalogue(clickhouseUrl),
  ])
  return fillParts(kept, renderParts(postgres, clickhouse))
}

/** What is generated, by the key of its marker. Throws where something belongs to no subject, or to two. */
export function renderParts(
  postgres: PostgresCatalogue,
  clickhouse: readonly ClickHouseTable[],
): ReadonlyMap<string, string> {
  const faults = [
    ...misplaced(
      [...postgres.tables, ...postgres.views].map(({ name }) => name),
      subjects.flatMap(({ tables, views = [] }) => [...tables, ...views]),
    ),
    ...misplaced(
      clickhouse.map(({ name }) => name),
      Object.keys(clickhouseTables),
      'clickhouseTables of scripts/data-model/subjects.ts',
    ),
  ]
  if (faults.length) throw new Error(faults.join('\n'))
  return new Map([
    ...subjects.map((subject) => [subject.key, renderSubject(subject, postgres)] as const),
    ['clickhouse', renderClickHouse(clickhouse)],
    ['functions', renderFunctions(postgres.functions)],
  ])
}

/** Puts each part between its markers. Throws where a marker is missing, or has no part. */
export function fillParts(document: string, parts: ReadonlyMap<string, string>): string {
  const pattern = /(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(<!-- \/generated -->)/g
  const found: string[] = []
  const filled = document.replaceAll(pattern, (_all, opening: string, key: string, closing: string) => {
    found.push(key)
    return `${opening}${parts.get(key) ?? ''}\n${closing}`
  })
  const faults = [
    ...[...parts.keys()]
      .filter((key) => !found.includes(key))
      .map(
        (key) =>
          `docs/data-model.md has no place for ${key}: add <!-- generated: ${key} --> and <!-- /generated -->.`,
      ),
    ...found
      .filter((key, place) => !parts.has(key) || found.indexOf(key) !== place)
      .map((key) => `docs/data-model.md has a place for ${key} that nothing fills: take it out.`),
  ]
  if (faults.length) throw new Error(faults.join('\n'))
  return filled
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')
const code = (text: string) => `\`${text}\``
const diagram = (text: string) => `\`\`\`mermaid\n${text}\n\`\`\``

function renderSubject(subject: Subject, { tables, views }: PostgresCatalogue): string {
  const inOrder = <T extends { name: string }>(names: readonly string[], all: readonly T[]) =>
    names.flatMap((name) => all.filter((one) => one.name === name))
  const ours = inOrder(subject.tables, tables)
  const stay = (keep: string | null) => keep?.replace(/\bmon(s?)\b/, 'month$1') ?? '–'
  const shown = inOrder(subject.views ?? [], views)
  return [
    diagram(postgresDiagram(ours)),
    '',
    table(
      ['table', 'what it is', 'partitions', 'rows leave after'],
      ours.map(({ name, comment, isPartitioned, keep }) => [
        code(name),
        comment ?? '',
        isPartitioned ? 'monthly' : '–',
        stay(keep),
      ]),
    ),
    ...(shown.length
      ? [
          '',
          table(
            ['view', 'what it shows', 'kind'],
            shown.map(({ name, comment, isMaterialized }) => [
              code(name),
              comment ?? '',
              isMaterialized ? 'materialized' : 'view',
            ]),
          ),
        ]
      : []),
  ].join('\n')
}

function renderClickHouse(tables: readonly ClickHouseTable[]): string {
  const clause = (definition: string, name: string) =>
    new RegExp(`${name} (.*?)(?= PARTITION BY| ORDER BY| TTL| SETTINGS|$)`).exec(definition)?.[1] ?? '–'
  return [
    diagram(clickhouseDiagram(tables)),
    '',
    table(
      ['table', 'one row is', 'engine', 'order', 'partitions', 'rows leave at'],
      tables.map(({ name, engine, definition }) => [
        code(name),
        clickhouseTables[name] ?? '',
        engine,
        code(clause(definition, 'ORDER BY')),
        clause(definition, 'PARTITION BY'),
        clause(definition, 'TTL'),
      ]),
    ),
  ].join('\n')
}

function renderFunctions(functions: readonly SqlFunction[]): string {
  return table(
    ['function', 'what it does', 'called by'],
    functions.map(({ signature, comment, callers }) => [
      code(signature),
      comment ?? '–',
      callers.length ? callers.join(', ') : 'migrations, other functions',
    ]),
  )
}
