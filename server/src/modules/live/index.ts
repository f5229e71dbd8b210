/**
 * Live: tells members what changes in their workspace while they look at it.
 *
 * Owns no table. Invariant: carries ids alone, and only to whoever may enter the workspace.
 */
import type { Module } from '../services.ts'
import { routes } from './routes.ts'

export const live: Module = { routes }
