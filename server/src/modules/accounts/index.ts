/**
 * Accounts: the workspace's accounts on the networks, and the tokens that open them.
 *
 * Owns social_accounts. Invariants: tokens are sealed at rest and readable by jobs only; one refresh at a time
 * per account; a stored token is never replaced by an empty one; an account that must be connected again says so.
 */
import type { Module } from '../services.ts'
import { jobs, schedules } from './jobs.ts'
import { routes } from './routes.ts'

export { type OpenedAccount, openAccount } from './open-account.ts'
export { findAccount, listAccounts, markPosted } from './queries.ts'
export { findTokenVersion, postponeSyncs, resumeSyncs, updateSyncedAccount } from './queries-syncs.ts'
export { type AccountRef, accountConnected, Platform } from './schema.ts'

export const accounts: Module = { routes, jobs, schedules }
