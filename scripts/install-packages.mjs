import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { nodeBinary, nodeDirectory } from './node-runtime.mjs'
import { runQuietly } from './quiet-command.mjs'
import { readIfPresent, readStamp, repository, writeStamp } from './repository.mjs'
import { SetupFault } from './setup-fault.mjs'
import { compilerHint, installCompiler } from './system-packages.mjs'

const lockfile = join(repository, 'package-lock.json')

/**
 * Like npm ci it starts from nothing and leaves the lock file alone. npm ci itself refuses a lock file that lacks
 * packages of other platforms, which npm leaves out when a registry does not have them.
 */
const installArgs = ['install', '--no-save', '--no-progress']

const networkFault =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/

/** Installs the locked packages, once per lock file. A full install also serves `production`, so nothing is ever taken away. */
export const installPackages = {
  isDone(scope) {
    const stamp = readStamp('packages')
    if (stamp?.lock !== lockHash() || !existsSync(nodeBinary())) return false
    return stamp.scope === 'all' || stamp.scope === scope
  },

  async run(scope) {
    const present = findInstalledScope()
    if (present === 'all' || present === scope)
      return writeStamp('packages', { lock: lockHash(), scope: present })
    requireGlibc()
    if (scope === 'all') await installCompiler()
    const title = scope === 'all' ? 'Installing packages (about two minutes)' : 'Installing packages'
    const { command, args } = npmCommand()
    const isReachable = await isRegistryReachable(command, args)
    // What an interrupted install left is not to be trusted, but better than nothing while there is nothing better.
    if (isReachable) rmSync(join(repository, 'node_modules'), { recursive: true, force: true, maxRetries: 5 })
    const environment = npmEnvironment()
    await runQuietly(
      title,
      command,
      [...args, ...installArgs, scope === 'all' ? '--include=dev' : '--omit=dev'],
      {
        cwd: repository,
        env: isReachable ? environment : { ...environment, npm_config_fetch_retries: '0' },
        explain: explainNpm,
        tied: true,
      },
    )
    writeStamp('packages', { lock: lockHash(), scope })
  },
}

export function lockHash() {
  return createHash('sha256').update(readFileSync(lockfile)).digest('hex')
}

/**
 * What an npm that somebody ran by hand has already installed. npm writes its own record as the very last step,
 * so a record that agrees with the lock file means a complete install.
 */
function findInstalledScope() {
  const record = readIfPresent(join(repository, 'node_modules', '.package-lock.json'))
  if (record === undefined || !existsSync(nodeBinary())) return undefined
  const installed = JSON.parse(record).packages
  const wanted = Object.entries(JSON.parse(readFileSync(lockfile, 'utf8')).packages).filter(
    ([path]) => path !== '',
  )
  const missing = wanted.filter(([path, { version, optional }]) => {
    const found = installed[path]
    return found ? found.version !== version : !optional
  })
  if (missing.length === 0) return 'all'
  return missing.every(([path, { dev, devOptional }]) => (dev || devOptional) && !installed[path])
    ? 'production'
    : undefined
}

/** npm as it was called, on a Node outside node_modules, which the install is about to replace. */
function npmCommand() {
  const script = process.env.npm_execpath
  if (!script || basename(script) !== 'npm-cli.js') return { command: 'npm', args: [] }
  const own = join(repository, 'node_modules')
  const node = [process.env.npm_node_execpath, process.execPath].find((path) => path && !path.startsWith(own))
  return node ? { command: node, args: [script] } : { command: 'npm', args: [] }
}

function npmEnvironment() {
  const own = join(repository, 'node_modules')
  const path = (process.env.PATH ?? '').split(delimiter).filter((directory) => !directory.startsWith(own))
  return {
    ...process.env,
    PATH: path.join(delimiter),
    // Add-ons are compiled for the Node they run on, whatever Node npm itself runs on.
    npm_config_nodedir: nodeDirectory(),
    npm_config_fund: 'false',
    npm_config_audit: 'false',
    npm_config_update_notifier: 'false',
  }
}

/** Asked first, because npm retries an unreachable registry for minutes; its cache may still have everything. */
function isRegistryReachable(command, args) {
  return new Promise((resolve) => {
    const limits = ['--fetch-retries=0', '--fetch-timeout=10000']
    execFile(
      command,
      [...args, 'ping', ...limits],
      { cwd: repository, env: npmEnvironment() },
      (error, _out, output) => resolve(!error || !networkFault.test(output)),
    )
  })
}

function requireGlibc() {
  if (process.platform !== 'linux' || process.report.getReport().header.glibcVersionRuntime) return
  throw new SetupFault(
    'Heliograph needs a Linux with glibc (Debian, Ubuntu, Fedora ...), and this one uses another C library.',
  )
}

function explainNpm(output) {
  if (networkFault.test(output)) {
    return (
      'The npm registry could not be reached: check the network connection, and the registry and proxy settings ' +
      'shown by npm config list, then run the command again.'
    )
  }
  if (/\bENOSPC\b/.test(output)) return 'The disk is full: free about 2 GB and run the command again.'
  if (/\bEACCES\b/.test(output)) {
    return `npm may not write in ${repository}: run the command as the user who owns this folder.`
  }
  if (/gyp ERR!/.test(output)) return compilerHint(output)
  return undefined
}
