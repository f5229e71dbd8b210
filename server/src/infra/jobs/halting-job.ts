import { z } from 'zod'

/** For tests: what the worker of `halting-worker.ts` begins. */
export const halting = { name: 'halting', payload: z.object({}) }
