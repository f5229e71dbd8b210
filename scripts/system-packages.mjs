import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runQuietly } from './quiet-command.mjs'
import { SetupFault } from './setup-fault.mjs'

/** Programs that npm cannot bring: any of `commands` serves, `debian` is the package that has them. */
const compiler = [
  { commands: ['python3'], debian: 'python3' },
  { commands: ['make', 'gmake'], debian: 'make' },
  { commands: ['g++', 'clang++', 'c++'], debian: 'g++' },
]
const testPrograms = [
  {
    commands: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    variable: 'CHROMIUM_PATH',
    debian: 'chromium',
  },
  { commands: ['redis-server'], debian: 'redis-server' },
  ...(process.platform === 'linux' ? [{ commands: ['setpriv'], debian: 'util-linux' }] : []),
]

/** The step that brings what the tests need beyond npm's packages. */
export const installSystemPackages = {
  isDone: () => findMissing(testPrograms).length === 0,
  async run() {
    const missing = findMissing(testPrograms)
    if (!canInstall()) throw new SetupFault(`The tests need ${list(missing)}: ${remedy(missing)}`)
    await aptInstall(missing)
  },
}

/** The compiler for the one test dependency that has no ready binary everywhere; absent, npm may still find one. */
export async function installCompiler() {
  const missing = findMissing(compiler)
  if (missing.length > 0 && canInstall()) await aptInstall(missing)
}

/** Why a native package could not be compiled, if it is for want of a compiler. */
export function compilerHint() {
  const missing = findMissing(compiler)
  if (missing.length === 0) return undefined
  return `A package of the tests has to be compiled and that needs ${list(missing)}: ${remedy(missing)}`
}

function findMissing(programs) {
  return programs.filter(
    ({ commands, variable }) =>
      !(variable && process.env[variable]) && !commands.some((command) => isOnPath(command)),
  )
}

function canInstall() {
  return process.getuid?.() === 0 && isOnPath('apt-get')
}

async function aptInstall(programs) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const names = programs.map(({ debian }) => debian)
  await runQuietly('Reading the list of system packages', 'apt-get', ['update'], { env, explain: explainApt })
  await runQuietly(
    `Installing system packages: ${names.join(', ')}`,
    'apt-get',
    ['install', '-y', '--no-install-recommends', ...names],
    { env, explain: explainApt },
  )
  const stillMissing = findMissing(programs)
  if (stillMissing.length > 0) {
    throw new SetupFault(
      `The package ${list(stillMissing)} is installed but its program is not on the PATH: add it.`,
    )
  }
}

function explainApt(output) {
  if (/Temporary failure resolving|Could not connect|Failed to fetch|Unable to fetch/.test(output)) {
    return 'The package archive of this system could not be reached: check the network connection and apt-get update.'
  }
  if (/Could not get lock|is held by process/.test(output)) {
    return 'Another package installation is running on this system: wait for it and run the command again.'
  }
  return undefined
}

function remedy(programs) {
  const names = programs.map(({ debian }) => debian).join(' ')
  if (isOnPath('apt-get')) return `run sudo apt-get install -y ${names} and then the command again.`
  return 'install it with the package manager of this system and run the command again.'
}

function list(programs) {
  return programs.map(({ debian }) => debian).join(' and ')
}

function isOnPath(command) {
  const directories = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return [...directories, '/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin'].some((directory) => {
    try {
      accessSync(join(directory, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
