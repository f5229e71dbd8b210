/** Which types here may stand for a type that a source names. Null where the source names none. */
import type { ColumnFact } from './engine-catalogue.ts'

interface TypeClass {
  readonly source: RegExp
  readonly fits: (column: ColumnFact) => boolean
  /** Of a ClickHouse column. */
  readonly clickhouse?: RegExp
}

const typed =
  (...types: string[]) =>
  ({ type }: ColumnFact) =>
    types.includes(type)
const isArray = ({ category }: ColumnFact) => category === 'A'
const isEnum = ({ kind }: ColumnFact) => kind === 'e'

const classes: readonly TypeClass[] = [
  { source: /^TEXT\[\]/, fits: isArray },
  {
    source:
      /^(ENUM|user_role|subscription_tier|company_size|content_type|content_status|campaign_status|schedule_status|model_type)\b/,
    fits: isEnum,
  },
  { source: /^UUID/, fits: typed('uuid'), clickhouse: /^UUID$/ },
  // A post's key is text in one source and a UUID here, and so is what refers to it.
  { source: /^STRING \| Associated/, fits: typed('uuid') },
  // A closed list of words may be an enum here.
  { source: /^(STRING|TEXT|VARCHAR)\b/, fits: (column) => column.category === 'S' || isEnum(column) },
  // A counter that the source calls BIGINT stays one; one that it calls INTEGER may grow.
  { source: /^BIGINT/, fits: typed('int8') },
  { source: /^INTEGER/, fits: typed('int2', 'int4', 'int8') },
  { source: /^(DECIMAL|NUMERIC)/, fits: typed('numeric') },
  { source: /^BOOLEAN/, fits: typed('bool') },
  { source: /^(DATE\b|TIMESTAMP)/, fits: typed('timestamptz', 'date') },
  // A JSON list of words is an array here, and what is kept sealed is an envelope.
  {
    source: /^JSON/,
    fits: (column) => column.type === 'jsonb' || isArray(column) || column.name.endsWith('_encrypted'),
  },
  { source: /^INET/, fits: typed('inet') },
  { source: /^IPv4/, fits: () => false, clickhouse: /^IPv[46]$/ },
  { source: /^(LowCardinality\()?String/, fits: () => false, clickhouse: /^(LowCardinality\()?String\)?$/ },
  { source: /^DateTime64/, fits: () => false, clickhouse: /^DateTime64\(3, 'UTC'\)$/ },
  { source: /^Map/, fits: () => false, clickhouse: /^Map\((LowCardinality\()?String\)?, String\)$/ },
  { source: /^Float64/, fits: () => false, clickhouse: /^Float64$/ },
]

const classOf = (detail: string) => classes.find(({ source }) => source.test(detail))

export function isFitting(detail: string, column: ColumnFact): boolean {
  return classOf(detail)?.fits(column) ?? true
}

export function isFittingInClickHouse(detail: string, type: string): boolean {
  return classOf(detail)?.clickhouse?.test(type) ?? true
}
