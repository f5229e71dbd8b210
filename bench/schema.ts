/** The schema at size: queries with and without row-level security, plans, refreshes, aggregation, indexes, disk. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Benchmark, Figure } from './figure.ts'
import { startBenchEngines } from './schema/bench-engines.ts'
import { fillOnce } from './schema/fill.ts'
import { measureSchema } from './schema/measure-schema.ts'
import { parseOptions } from './schema/options.ts'

export const schema: Benchmark = {
  about:
    'the data model at size [--workspaces 100] [--posts 260000] [--days 365] [--seed 1] [--rounds 40] [--data DIR keeps the data for the next run]',
  async run(args, say): Promise<readonly Figure[]> {
    const options = parseOptions(args)
    const dataDirectory =
      options.data === undefined
        ? await mkdtemp(join(tmpdir(), 'heliograph-bench-schema-'))
        : resolve(options.data)
    try {
      const engines = await startBenchEngines(dataDirectory)
      try {
        const fill = await fillOnce(engines, dataDirectory, options, say)
        return await measureSchema(engines, fill, options.rounds, say)
      } finally {
        await engines.stop()
      }
    } finally {
      if (options.data === undefined) await rm(dataDirectory, { recursive: true, force: true })
    }
  },
}
