import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const script = `
  const { startBlueskyNetwork } = await import(${JSON.stringify(new URL('network.ts', import.meta.url).href)})
  const network = await startBlueskyNetwork()
  console.log(network.pid)
  setInterval(() => undefined, 1_000)
`

async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', String(pid)])
  return stdout.trim().split(/\s+/).map(Number)
}

test.runIf(process.platform === 'linux').each(['the test process', 'the network process'])(
  'nothing of the network outlives %s, even if it is killed with -9',
  async (victim) => {
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const [line] = await once(createInterface(holder.stdout), 'line')
      const networkPid = Number(line)
      const engines = await childrenOf(networkPid)
      expect(engines.length).toBeGreaterThanOrEqual(2)
      process.kill(victim === 'the test process' ? Number(holder.pid) : networkPid, 'SIGKILL')
      const gone = () => [networkPid, ...engines].filter((pid) => existsSync(`/proc/${pid}`))
      await expect.poll(gone, { timeout: 10_000 }).toEqual([])
    } finally {
      holder.kill('SIGKILL')
    }
  },
  60_000,
)
