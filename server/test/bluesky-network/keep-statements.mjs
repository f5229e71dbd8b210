/**
 * Preloaded into the test network's process: no prepared statement of better-sqlite3 is ever garbage. Up to its
 * version 12 the destructor of one that is collected while no script runs ends the process on Node 24
 * (`RemoveEnvironmentCleanupHook ... env != nullptr`); version 13 does not have the fault.
 */
import Database from 'better-sqlite3'

const { prepare } = Database.prototype
const kept = new Map()

/** One statement for each text, so that what is kept does not grow with every query. */
Database.prototype.prepare = function prepareOnce(sql) {
  const own = kept.get(this) ?? new Map()
  kept.set(this, own)
  const known = own.get(sql)
  if (known && !known.busy) return known
  const statement = prepare.call(this, sql)
  own.set(known ? Symbol(sql) : sql, statement)
  return statement
}
