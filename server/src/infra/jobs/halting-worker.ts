/** For tests: a worker in a process of its own that begins a job and never ends it. */
import { createLog } from '../log.ts'
import { createPool } from '../postgres/pool.ts'
import { halting } from './halting-job.ts'
import { defineJob, runJobs } from './queue.ts'

const log = createLog('silent')
const url = process.env.DATABASE_URL ?? ''
await runJobs({
  pool: createPool({ url }, { name: 'jobs', role: 'heliograph_jobs', max: 5, log }),
  jobs: [
    defineJob(halting, () => {
      process.stdout.write('begun\n')
      return new Promise(() => undefined)
    }),
  ],
  schedules: [],
  concurrency: 1,
  log,
  observe: () => undefined,
})
