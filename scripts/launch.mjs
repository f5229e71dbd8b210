import { spawn } from 'node:child_process'
import { nodeBinary, nodeEnvironment } from './node-runtime.mjs'
import { repository } from './repository.mjs'

/** Runs the project's Node and resolves with its exit code. */
export async function runNode(args) {
  const { code, signal } = await spawnForwarding(args)
  if (signal) endLike(signal)
  return code
}

/**
 * Becomes the project's Node: in place where this Node can replace itself, which leaves one process fewer to
 * hold memory and forward signals; else as a child whose end this process copies.
 */
export async function becomeNode(args) {
  process.chdir(repository)
  if (typeof process.execve === 'function') {
    process.removeAllListeners('warning')
    process.execve(nodeBinary(), [nodeBinary(), ...args], nodeEnvironment())
  }
  process.exit(await runNode(args))
}

async function spawnForwarding(args) {
  const child = spawn(nodeBinary(), args, { cwd: repository, env: nodeEnvironment(), stdio: 'inherit' })
  const forward = (signal) => {
    // A terminal sends Ctrl-C to the child itself; a second one would read as impatience.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, forward)
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, signal) => resolve({ code, signal }))
    })
  } finally {
    for (const signal of signals) process.off(signal, forward)
  }
}

function endLike(signal) {
  process.kill(process.pid, signal)
  // Some signals can be ignored by whoever started this process.
  process.exit(1)
}
