/** What an operator may change of the embedded engine. */
export interface EngineLimits {
  /** Bytes that all queries and merges together may use; beyond it a query fails with code 241. */
  readonly memoryBytes: number
  /** Seconds after which a query ends with code 159, unless the request asks for another limit. */
  readonly queryTimeoutSeconds: number
  /** Queries that run at the same time; more wait. */
  readonly concurrentQueries: number
}

export const defaultLimits: EngineLimits = {
  memoryBytes: 1_500_000_000,
  queryTimeoutSeconds: 120,
  concurrentQueries: 4,
}

/**
 * The engine's server configuration. Caches and pools are sized for one small machine: the engine shares it
 * with PostgreSQL and the product. New parts are flushed to disk before an insert is acknowledged, so that
 * an acknowledged insert survives a power failure as well as a killed process.
 */
export function serverConfig(limits: EngineLimits): string {
  const settings: Record<string, number | Record<string, number | string>> = {
    max_server_memory_usage: limits.memoryBytes,
    mark_cache_size: 33_554_432,
    index_mark_cache_size: 4_194_304,
    primary_index_cache_size: 16_777_216,
    uncompressed_cache_size: 0,
    index_uncompressed_cache_size: 0,
    query_condition_cache_size: 0,
    mmap_cache_size: 16,
    compiled_expression_cache_size: 8_388_608,
    background_pool_size: 2,
    background_merges_mutations_concurrency_ratio: 2,
    background_move_pool_size: 1,
    background_fetches_pool_size: 1,
    background_common_pool_size: 2,
    background_schedule_pool_size: 4,
    tables_loader_foreground_pool_size: 2,
    tables_loader_background_pool_size: 2,
    max_thread_pool_free_size: 2,
    max_io_thread_pool_size: 8,
    max_active_parts_loading_thread_pool_size: 2,
    max_outdated_parts_loading_thread_pool_size: 2,
    max_parts_cleaning_thread_pool_size: 1,
    logger: { level: 'none' },
    merge_tree: {
      fsync_after_insert: 1,
      fsync_part_directory: 1,
      // With a pool of two the defaults (8 and 20 free entries) would never be met.
      number_of_free_entries_in_pool_to_lower_max_size_of_merge: 1,
      number_of_free_entries_in_pool_to_execute_mutation: 1,
      number_of_free_entries_in_pool_to_execute_optimize_entire_partition: 1,
    },
  }
  const element = (name: string, value: string | number | Record<string, number | string>): string =>
    `<${name}>${
      typeof value === 'object'
        ? Object.entries(value)
            .map(([key, inner]) => element(key, inner))
            .join('')
        : value
    }</${name}>`
  return `<clickhouse>${Object.entries(settings)
    .map(([name, value]) => element(name, value))
    .join('\n')}</clickhouse>\n`
}
