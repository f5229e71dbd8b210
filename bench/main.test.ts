import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { type Figure, median } from './figure.ts'
import { measureInitialJavaScript } from './initial-javascript.ts'
import { measureMemory } from './instance-memory.ts'
import { runBench } from './run-bench.ts'

const figures: readonly Figure[] = [
  { name: 'reached_s', value: 3, unit: 's', goal: { atMost: 3 } },
  { name: 'missed_per_second', value: 9.5, unit: 'posts/s', goal: { atLeast: 10 } },
  { name: 'only_told_mb', value: 120, unit: 'MB' },
]

async function runMadeUp(args: string[]) {
  const lines: string[] = []
  const given: string[][] = []
  const load = async () => ({
    about: 'made up for a test',
    run: async (options: readonly string[]) => {
      given.push([...options])
      return figures
    },
  })
  const code = await runBench(args, { 'made-up': load, other: load }, (line) => lines.push(line))
  return { code, output: lines.join('\n'), given }
}

async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'heliograph-bench-test-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

test('a table shows every figure, and a missed goal as missed without failing', async () => {
  const { code, output } = await runMadeUp(['made-up'])
  expect(code).toBe(0)
  expect(output).toMatch(/made-up: \d+ cores, [\d.]+ GiB, .+, Node v24\.\S+, linux \w+, load average [\d. ]+/)
  const lines = output.split('\n').slice(-4)
  expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['name', 'value', 'unit', 'goal'],
    ['reached_s', '3', 's', '<= 3', 'holds'],
    ['missed_per_second', '9.5', 'posts/s', '>= 10', 'MISSED'],
    ['only_told_mb', '120', 'MB'],
  ])
  expect(new Set(lines.slice(1, 3).map((line) => line.search(/holds|MISSED/))).size).toBe(1)
})

test('--json writes the figures with the machine and the time, and the other options reach the benchmark', async () => {
  const file = join(await makeDirectory(), 'report.json')
  const { code, given } = await runMadeUp(['made-up', '--runs', '2', '--json', file, '--fast'])
  expect(code).toBe(0)
  expect(given).toEqual([['--runs', '2', '--fast']])
  const report = JSON.parse(await readFile(file, 'utf8'))
  expect(report).toEqual({
    bench: 'made-up',
    measuredAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    machine: {
      cores: expect.any(Number),
      memoryBytes: expect.any(Number),
      cpuModel: expect.any(String),
      nodeVersion: process.version,
      platform: `${process.platform} ${process.arch}`,
      loadAverage: [expect.any(Number), expect.any(Number), expect.any(Number)],
    },
    figures: [
      { name: 'reached_s', value: 3, unit: 's', goal: 3, holds: true },
      { name: 'missed_per_second', value: 9.5, unit: 'posts/s', goal: 10, holds: false },
      { name: 'only_told_mb', value: 120, unit: 'MB', goal: null, holds: null },
    ],
  })
})

test.each([[['nothing']], [[]], [['toString']], [['made-up', '--json']], [['made-up', '--json', '--fast']]])(
  'arguments that cannot be used, %j, list the known benchmarks and end with 1',
  async (args) => {
    const { code, output, given } = await runMadeUp(args)
    expect({ code, given }).toEqual({ code: 1, given: [] })
    expect(output).toContain('made-up: made up for a test')
    expect(output).toContain('other: ')
  },
)

test('the command itself ends with 1 for an unknown name and knows the benchmark of the start', async () => {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const { code, stdout } = await new Promise<{ code: unknown; stdout: string }>((resolve) => {
    execFile(process.execPath, [main, 'nothing'], (error, stdout) => resolve({ code: error?.code, stdout }))
  })
  expect(code).toBe(1)
  expect(stdout).toMatch(/^ {2}start: /m)
  expect(stdout).toContain('There is no benchmark "nothing".')
})

test('the median is the middle run, or the mean of the two in the middle', () => {
  expect(median([9, 1, 2])).toBe(2)
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(() => median([])).toThrow('no median')
})

test('initial JavaScript is what the page and the first screen load, each file once, and nothing on demand', async () => {
  const directory = await makeDirectory()
  const sources = {
    'entry-1.js': 'import{a}from"./shared-1.js";import("./later-1.js")',
    'early-1.js': 'export*from "./shared-1.js"',
    'shared-1.js': 'export const a=1;import"./deep-1.js"',
    'deep-1.js': 'import "./entry-1.js"',
    'sign-in-screen-1.js': "import './field-1.js'",
    'field-1.js': '"x".repeat(9)',
    'later-1.js': 'import "./heavy-1.js"',
    'heavy-1.js': '0',
  }
  const page =
    '<script type="module" crossorigin src="/assets/entry-1.js"></script>' +
    '<link rel="modulepreload" href="/assets/early-1.js"><link rel="icon" href="/assets/mark.svg">'
  await writeFile(join(directory, 'index.html'), page)
  await mkdir(join(directory, 'assets'))
  for (const [file, source] of Object.entries(sources))
    await writeFile(join(directory, 'assets', file), source)
  const scripts = await measureInitialJavaScript(directory, 'sign-in-screen')
  const names = ['entry-1.js', 'early-1.js', 'shared-1.js', 'deep-1.js', 'sign-in-screen-1.js', 'field-1.js']
  expect(scripts.map(({ file }) => file).sort()).toEqual(names.sort())
  const entry = scripts.find(({ file }) => file === 'entry-1.js')
  expect(entry?.gzipBytes).toBe(gzipSync(sources['entry-1.js']).length)
  await expect(measureInitialJavaScript(directory, 'no-screen')).rejects.toThrow('build it')
})

test.runIf(process.platform === 'linux')('memory counts a process and all that it started', async () => {
  const [alone] = measureMemory(process.pid)
  expect(alone).toMatchObject({ name: 'server' })
  expect(alone?.bytes).toBeGreaterThan(10_000_000)
  const child = execFile(process.execPath, ['-e', 'console.log(1); setInterval(() => 0, 1000)'])
  onTestFinished(() => void child.kill('SIGKILL'))
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  const together = measureMemory(process.pid)
  expect(together[0]?.processes).toBe((alone?.processes ?? 0) + 1)
})
