/**
 * `node scripts/setup.mjs start|test|check|bench|generate|heliograph [arguments]`: makes a fresh clone ready for the command, each
 * step only if it is not done yet, then becomes the command itself on the project's own Node. It depends on
 * nothing but Node 20, because it runs before anything is installed.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installPackages } from './install-packages.mjs'
import { becomeNode, runNode } from './launch.mjs'
import { repository } from './repository.mjs'
import { SetupFault } from './setup-fault.mjs'
import { withSetupLock } from './setup-lock.mjs'
import { installSystemPackages } from './system-packages.mjs'
import { buildWeb } from './web-build.mjs'

const commands = {
  start: { scope: 'production', steps: [installPackages, buildWeb], run: ['server/src/main.ts', 'start'] },
  test: {
    scope: 'all',
    steps: [installPackages, buildWeb, installSystemPackages],
    before: ['scripts/check.mjs'],
    run: ['node_modules/vitest/vitest.mjs', 'run'],
  },
  check: { scope: 'all', steps: [installPackages], run: ['scripts/check.mjs'] },
  generate: { scope: 'all', steps: [installPackages], run: ['scripts/generate.ts'] },
  heliograph: { scope: 'production', steps: [installPackages, buildWeb], run: ['server/src/main.ts'] },
  bench: { scope: 'all', steps: [installPackages, buildWeb], run: ['bench/main.ts'] },
}

async function main([name, ...args]) {
  if (Number.parseInt(process.versions.node, 10) < 20) {
    throw new SetupFault(
      `Heliograph's set-up needs Node 20 or newer and this is Node ${process.versions.node}: install a newer one ` +
        'from https://nodejs.org and run the command again.',
    )
  }
  if (!Object.hasOwn(commands, name ?? '')) {
    throw new SetupFault(`Usage: node scripts/setup.mjs ${Object.keys(commands).join('|')} [arguments]`)
  }
  const { scope, steps, before, run } = commands[name]
  await prepare(steps, scope)
  const [program, ...fixedArgs] = run
  if (!existsSync(join(repository, program))) throw new SetupFault(`${program} is missing in this checkout.`)
  if (before) {
    const code = await runNode(before)
    if (code !== 0) process.exit(code)
  }
  await becomeNode([program, ...fixedArgs, ...args])
}

/** A warm run takes no lock; one with work to do looks again once it holds the lock. */
async function prepare(steps, scope) {
  if (steps.every((step) => step.isDone(scope))) return
  await withSetupLock(async () => {
    for (const step of steps) if (!step.isDone(scope)) await step.run(scope)
  })
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof SetupFault ? error.message : error)
  process.exitCode = 1
}
