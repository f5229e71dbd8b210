import { createProgressLine, duration, grouped } from '../progress.ts'
import { type GenerateInput, generate } from './generate.ts'
import type { GenerateTarget } from './open-engines.ts'

/** `heliograph generate`: prints what it does, and how to do it again. */
export async function runGenerate(
  target: GenerateTarget,
  input: GenerateInput,
  signal: AbortSignal,
): Promise<void> {
  const { workspaces, posts, days, seed, until } = input
  const again = `--workspaces ${workspaces} --posts ${posts} --days ${days} --seed ${seed} --until ${until.toISOString()}`
  console.log(`Generating; the same again: npm run heliograph -- generate ${again}`)
  if (!target.clickhouseUrl) console.log('Analytics are away: only PostgreSQL is filled.')
  const line = createProgressLine(process.stdout)
  try {
    const made = await generate(target, input, { onProgress: line.show, signal })
    line.end()
    if (made.present) console.log(presentText(made.present, workspaces, seed))
    if (!made.workspaces.length) return
    console.log(
      `${grouped(made.workspaces.length)} workspaces, ${grouped(made.snapshots)} snapshots, ${grouped(made.rows)} rows ` +
        `and ${grouped(made.facts)} facts in ${duration(made.durationMs / 1_000)}.`,
    )
  } catch (error) {
    line.end()
    if (!signal.aborted) throw error
    console.log(
      'Stopped. Workspaces that were finished stay; the one that was being written is gone as a whole.',
    )
  }
}

function presentText(present: number, asked: number, seed: number): string {
  const which =
    present === asked ? 'All of these workspaces are' : `${present} of these ${asked} workspaces are`
  return `${which} there already, from a run with --seed ${seed}. Say another seed, --seed ${seed + 1} for example, to add new ones.`
}
