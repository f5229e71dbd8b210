/** Numbers of migrations, 0 where everything was up to date. */
export interface Migrated {
  readonly database: { readonly applied: number }
  /** Undefined where no ClickHouse is known. */
  readonly analytics: { readonly applied: number } | undefined
}

/** One line on both engines: what was migrated, what was up to date, and what nobody has told where to find. */
export function migratedText({ database, analytics }: Migrated, dataDirectory: string): string {
  const clickhouse = analytics
    ? engineText('ClickHouse', analytics.applied)
    : `ClickHouse: not touched, for CLICKHOUSE_URL is not set and no instance that has one runs on ${dataDirectory}`
  return `${engineText('PostgreSQL', database.applied)}; ${clickhouse}.`
}

function engineText(engine: string, applied: number): string {
  if (!applied) return `${engine}: up to date`
  return `${engine}: ${applied} ${applied === 1 ? 'migration' : 'migrations'} applied`
}
