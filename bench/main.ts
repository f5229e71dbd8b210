/** `npm run bench -- NAME [--json FILE] [options]`: measures, and says whether the goals are reached. */
import { type Registry, runBench } from './run-bench.ts'

const registry: Registry = {
  start: async () => (await import('./start.ts')).start,
  schema: async () => (await import('./schema.ts')).schema,
}

process.exitCode = await runBench(process.argv.slice(2), registry, (line) => console.log(line))
