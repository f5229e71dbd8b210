import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { SetupFault } from './setup-fault.mjs'

const reminderMs = 15_000
const shownLines = 25

/**
 * Runs a command without showing its output, with a sign of life every 15 s. When it fails, `explain` may turn
 * its output into one sentence; otherwise its last lines are shown. A `tied` command ends with this process even
 * when that is killed with -9, so that the next set-up does not meet it at work.
 */
export async function runQuietly(
  title,
  command,
  args,
  { env = process.env, cwd, explain, tied = false } = {},
) {
  console.log(`${title} ...`)
  const startedAt = Date.now()
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`
  const reminder = setInterval(() => console.log(`  still at it (${seconds()})`), reminderMs)
  const [program, ...programArgs] = tied ? tie([command, ...args]) : [command, ...args]
  const child = spawn(program, programArgs, {
    env: { ...env, NO_COLOR: '1' },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = (signal) => {
    child.kill(signal)
    child.once('close', () => process.exit(signal === 'SIGINT' ? 130 : 143))
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  }
  try {
    const outcome = await new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('close', (code, signal) => resolve(code === 0 ? undefined : `ended with ${signal ?? code}`))
    })
    if (outcome === undefined) {
      console.log(`  done in ${seconds()}`)
      return
    }
    const sentence = explain?.(output)
    const lastLines = output.trimEnd().split('\n').slice(-shownLines).join('\n')
    throw new SetupFault(
      sentence ?? `${lastLines}\n\n${title} failed: ${command} ${args.join(' ')} ${outcome}.`,
    )
  } finally {
    clearInterval(reminder)
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

/** The kernel sends the signal; systems without setpriv go without. */
function tie(command) {
  const setpriv = '/usr/bin/setpriv'
  return existsSync(setpriv) ? [setpriv, '--pdeathsig', 'KILL', '--', ...command] : command
}
