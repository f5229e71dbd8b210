/** From nothing to the first page, what an idle instance costs, and what fifty kills do to publications. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type RunningServer, startServer } from '../server/test/running-server.ts'
import { type Benchmark, type Figure, median } from './figure.ts'
import { measureInitialJavaScript } from './initial-javascript.ts'
import { measureMemory } from './instance-memory.ts'
import { killPublications } from './killed-publications.ts'

const webApp = fileURLToPath(new URL('../web/dist', import.meta.url))
const idleMs = 10_000
const round = (value: number, digits: number) => Number(value.toFixed(digits))
type Say = (line: string) => void

export const start: Benchmark = {
  about: 'first and warm start, idle memory, initial JavaScript, fifty kills [--runs 3] [--kills 50]',
  async run(args, say) {
    const { values } = parseArgs({
      args: [...args],
      options: { runs: { type: 'string', default: '3' }, kills: { type: 'string', default: '50' } },
    })
    return [
      ...(await measureStarts(count('runs', values.runs, 1), say)),
      await measureScripts(say),
      ...(await measureKills(count('kills', values.kills, 0), say)),
    ]
  },
}

function count(name: string, text: string, least: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least) throw new Error(`--${name} takes a number from ${least}`)
  return value
}

/** Installed, from the spawned process to the first page served: on a new data directory, then on the same. */
async function measureStarts(runs: number, say: Say): Promise<Figure[]> {
  const first: number[] = []
  const warm: number[] = []
  let memory = 0
  for (let run = 1; run <= runs; run++) {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'heliograph-bench-'))
    try {
      const fresh = await timed(dataDirectory)
      first.push(fresh.seconds)
      await end(fresh.server)
      const again = await timed(dataDirectory)
      warm.push(again.seconds)
      if (run === runs) memory = await measureIdle(again.server, say)
      await end(again.server)
    } finally {
      await rm(dataDirectory, { recursive: true, force: true })
    }
  }
  say(`first starts: ${first.join(', ')} s; warm starts: ${warm.join(', ')} s; the median counts`)
  return [
    { name: 'first_start_s', value: round(median(first), 2), unit: 's', goal: { atMost: 8 } },
    { name: 'warm_start_s', value: round(median(warm), 2), unit: 's', goal: { atMost: 3 } },
    { name: 'idle_rss_mb', value: memory, unit: 'MB (PSS)', goal: { atMost: 512 } },
  ]
}

async function timed(dataDirectory: string): Promise<{ server: RunningServer; seconds: number }> {
  const startedAt = performance.now()
  const server = await startServer(dataDirectory)
  return { server, seconds: round((performance.now() - startedAt) / 1_000, 2) }
}

async function end(server: RunningServer): Promise<void> {
  await server.stop()
  if (server.child.exitCode !== 0) throw new Error(`the server ended badly: ${server.output()}`)
}

/** PSS, in millions of bytes, of all processes of an instance that has been let alone. */
async function measureIdle(server: RunningServer, say: Say): Promise<number> {
  await Promise.race([delay(idleMs), once(server.child, 'exit')])
  const parts = measureMemory(server.child.pid ?? 0)
  for (const { bytes, name, processes } of parts) {
    say(`idle after ${idleMs / 1_000} s: ${name} (${processes}): ${round(bytes / 1e6, 1)} MB`)
  }
  return round(parts.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6, 1)
}

async function measureScripts(say: Say): Promise<Figure> {
  const scripts = await measureInitialJavaScript(webApp, 'sign-in-screen')
  const bytes = scripts.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0)
  say(
    `initial JavaScript: ${scripts.length} files, the largest ${scripts[0]?.file} (${scripts[0]?.gzipBytes} B)`,
  )
  return { name: 'initial_js_kb', value: round(bytes / 1_000, 1), unit: 'kB gzip', goal: { atMost: 200 } }
}

async function measureKills(kills: number, say: Say): Promise<Figure[]> {
  if (kills === 0) return []
  const { duplicated, lost, ...rest } = await killPublications(kills)
  say(`killed publications: ${JSON.stringify(rest)}`)
  return [
    { name: 'killed_publications_duplicated', value: duplicated, unit: `of ${kills}`, goal: { atMost: 0 } },
    { name: 'killed_publications_lost', value: lost, unit: `of ${kills}`, goal: { atMost: 0 } },
  ]
}
