/**
 * The server's settings as command-line arguments, so that they hold whatever the files in the data directory
 * say. Sized for one small machine: the operating system's cache does most of the caching.
 */
export function serverSettings(socketDirectory: string): string[] {
  const settings: Record<string, string> = {
    listen_addresses: '',
    unix_socket_directories: socketDirectory,
    unix_socket_permissions: '0700',
    max_connections: '100',
    shared_buffers: '64MB',
    // An acknowledged publication survives a power cut.
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    // Compiling queries costs more than it saves on short ones.
    jit: 'off',
    random_page_cost: '1.1',
    max_wal_size: '1GB',
    // Each of these processes would sit idle in memory.
    io_method: 'sync',
    max_logical_replication_workers: '0',
    max_worker_processes: '4',
    max_parallel_workers: '2',
    autovacuum_max_workers: '2',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // The client gets its errors; in the log, statements and their values could be personal data.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    log_line_prefix: '',
    logging_collector: 'off',
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}
