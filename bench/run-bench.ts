import { writeFile } from 'node:fs/promises'
import { type Benchmark, type Figure, holds } from './figure.ts'
import { describeMachine, machineLine } from './machine.ts'
import { table } from './table.ts'

/** Every benchmark by the name that it is called by, loaded when it is asked for. */
export type Registry = Readonly<Record<string, () => Promise<Benchmark>>>

/**
 * Runs the benchmark that the arguments name, prints its table, and writes JSON where `--json FILE` asks for it.
 * Resolves with the exit code: 0 also where a goal is missed, 1 for arguments that name nothing.
 */
export async function runBench(
  args: readonly string[],
  registry: Registry,
  say: (line: string) => void,
): Promise<number> {
  const [name = '', ...rest] = args
  const flag = rest.indexOf('--json')
  const file = flag === -1 ? undefined : rest[flag + 1]
  const load = Object.hasOwn(registry, name) ? registry[name] : undefined
  if (!load || (flag !== -1 && (file === undefined || file.startsWith('--')))) {
    say('usage: npm run bench -- NAME [--json FILE] [options]')
    for (const [known, loadKnown] of Object.entries(registry)) say(`  ${known}: ${(await loadKnown()).about}`)
    if (!load && name) say(`There is no benchmark "${name}".`)
    return 1
  }
  const options = flag === -1 ? rest : rest.toSpliced(flag, 2)
  const measuredAt = new Date().toISOString()
  const machine = describeMachine()
  say(`${name}: ${machineLine(machine)}`)
  const figures = await (await load()).run(options, say)
  say(`\n${table(figures)}`)
  if (file !== undefined) {
    const report = { bench: name, measuredAt, machine, figures: figures.map(toJson) }
    await writeFile(file, `${JSON.stringify(report, null, 2)}\n`)
  }
  return 0
}

/** A goal's direction shows in `holds`; both are null for a number that has none. */
function toJson(figure: Figure) {
  const { name, value, unit, goal } = figure
  const limit = goal ? ('atMost' in goal ? goal.atMost : goal.atLeast) : null
  return { name, value, unit, goal: limit, holds: holds(figure) ?? null }
}
