/**
 * Publishing: what we write, where it goes, and every attempt to get it there exactly once.
 *
 * Owns media, content, content_media, publications and publication_attempts; reads the latest numbers from the
 * ingestion module's tables. Invariants: an attempt is committed before the call that it speaks of; what may
 * have been sent is looked for before it is sent again; the steps of a publication are kept by the database.
 */
import type { Module } from '../services.ts'
import { jobs } from './jobs.ts'
import { routes } from './routes.ts'

export { postPublished } from './schema.ts'
export { sweepPublications } from './sweep-publications.ts'

export const publishing: Module = { routes, jobs }
