import type { AppOptions } from '../app.ts'
import type { Login } from '../infra/postgres/pool.ts'

/** What a command works with: migrated engines, and how to be told of the end. */
export interface CommandContext extends AppOptions {
  /** How the application logs in: as a role that owns nothing. */
  readonly login: Login
  /** Resolves when ClickHouse is up to this code; rejects when it does not belong to it. */
  readonly analytics: Promise<void>
  /** Aborts when somebody asks this process to stop. */
  readonly stopping: AbortSignal
  /** What a stop has to end, the latest first. */
  onStop(part: () => Promise<void>): void
}

export interface Command {
  /**
   * `own`: started by this process, which holds the data directory. `other`: those of a running instance, or external
   * ones. `any`: those, and started for this command where none runs.
   */
  readonly engines: 'own' | 'other' | 'any'
  /** `stderr` where standard output is for what was asked for alone. */
  readonly logsTo?: 'stdout' | 'stderr'
  /** Whether a line at the end tells what was migrated. */
  readonly tellsMigrations?: boolean
  /** Resolves with `stays` where the process goes on until it is stopped. */
  run(context: CommandContext): Promise<'stays' | 'done'>
}

/** Reads what follows the command's name; `StartRefused` where it makes no sense. Undefined: it was answered. */
export type ReadCommand = (args: readonly string[]) => Command | undefined
