/** The command at work: what it needs while it runs, and what it shows of how far it is. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testSecret } from '../../../test/engines-for-tests.ts'
import { createWorld, ownerUrlOf, type World } from '../../../test/world.ts'
import { appLogin } from '../../engines.ts'
import { createProgressLine } from '../progress.ts'
import { generate } from './generate.ts'
import type { Progress } from './write-workspace.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())

const main = fileURLToPath(new URL('../../main.ts', import.meta.url))
/** For objects: far less than all rows of the larger run. Without it garbage that waits would be counted, too. */
const heap = '--max-old-space-size=72'
const everyMs = 5

/** Runs `heliograph generate` on the engines of the test, and watches the most memory that it ever had. */
async function runGenerate(posts: number, seed: number) {
  const size = ['--workspaces', '1', '--posts', String(posts), '--days', '20']
  const args = [...size, '--seed', String(seed), '--until', '2026-05-01T12:00:00Z']
  const child = spawn(process.execPath, [heap, main, 'generate', ...args], {
    env: {
      PATH: process.env.PATH,
      HELIOGRAPH_DATA: world.dataDirectory,
      HELIOGRAPH_SECRET: testSecret,
      DATABASE_URL: ownerUrlOf(world),
      CLICKHOUSE_URL: world.clickhouseUrl,
      NODE_COMPILE_CACHE: join(world.dataDirectory, 'compiled'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  let peakBytes = 0
  const watching = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakOf(child.pid))
  }, everyMs)
  const [code] = await once(child, 'close')
  clearInterval(watching)
  expect({ code, output }).toMatchObject({ code: 0 })
  const told = /([\d,]+) snapshots/.exec(output)?.[1] ?? ''
  return { peakBytes, snapshots: Number(told.replaceAll(',', '')) }
}

/** The kernel's own mark of the most that was resident so far. */
function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return 1_024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
  } catch {
    // It has ended between two looks.
    return 0
  }
}

test('eight times the posts take less than twice the memory: nothing is kept of what has been written', {
  timeout: 180_000,
}, async () => {
  const few = await runGenerate(100, 1)
  const many = await runGenerate(800, 2)
  expect(many.snapshots).toBeGreaterThan(7 * few.snapshots)
  console.info(
    `peak resident set: ${few.snapshots} snapshots ${Math.round(few.peakBytes / 2 ** 20)} MiB, ` +
      `${many.snapshots} snapshots ${Math.round(many.peakBytes / 2 ** 20)} MiB`,
  )
  expect(few.peakBytes).toBeGreaterThan(64 * 2 ** 20)
  // The buffers on the way to ClickHouse, of a fixed size, are full only in the larger run.
  expect(many.peakBytes).toBeLessThan(2 * few.peakBytes)
})

/** Back to the beginning of the line, which is wiped. */
const wipe = '\r\u001b[2K'
const columns = 72

test('on a terminal one line shows a bar that fills up to 100 %, and leaves the next line free', {
  timeout: 120_000,
}, async () => {
  const told: Progress[] = []
  await generate(
    { login: appLogin(world), clickhouseUrl: world.clickhouseUrl },
    { workspaces: 2, posts: 200, days: 15, seed: 4, until: new Date('2026-05-01T12:00:00Z') },
    { onProgress: (progress) => told.push(progress) },
  )
  const written: string[] = []
  const terminal: NodeJS.WriteStream = Object.create(process.stdout, {
    isTTY: { value: true },
    columns: { value: columns },
    write: { value: (text: string) => written.push(text) },
  })
  const line = createProgressLine(terminal)
  // Drawn at most five times a second; here a second passes between any two.
  for (const [index, progress] of told.entries()) line.show({ ...progress, elapsedMs: 1_000 * (index + 1) })
  line.end()

  expect(written.at(-1)).toBe('\n')
  const drawn = written.slice(0, -1)
  expect(drawn.length).toBeGreaterThan(5)
  const shown = drawn.map((text) => {
    const [before, bar = ''] = text.split(wipe)
    const [, full = '', empty = '', percent = ''] = /^(█*)(░*) (\d+) %, /.exec(bar) ?? []
    expect({ before, fits: bar.length < columns }, text).toEqual({ before: '', fits: true })
    return { cells: full.length, width: full.length + empty.length, percent: Number(percent) }
  })
  expect(new Set(shown.map(({ width }) => width))).toEqual(new Set([24]))
  const percents = shown.map(({ percent }) => percent)
  expect(percents).toEqual([...percents].sort((one, other) => one - other))
  expect(new Set(percents).size).toBeGreaterThan(4)
  expect(shown[0]?.percent).toBeLessThan(30)
  expect(shown.at(-1)).toEqual({ cells: 24, width: 24, percent: 100 })
})
