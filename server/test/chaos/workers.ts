/** Workers as processes of their own, a steady number of them: whichever is killed is replaced at once. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const stopWithinMs = 3_000

/** Lets a process of the same code end by itself, which leaves its compiled code where workers find it. */
async function warmUp(environment: Readonly<Record<string, string>>): Promise<void> {
  const child = launch('migrate', environment)
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`the code could not be run: it ended with ${code}`)
}

const launch = (command: string, environment: Readonly<Record<string, string>>) =>
  spawn(process.execPath, [main, command], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  })

export interface Workers {
  pids(): number[]
  /** SIGKILL, and a new worker in its place. False where the process had ended already. */
  kill(pid: number): boolean
  stop(): Promise<void>
}

/** `environment` is all that a worker gets besides the path. */
export async function startWorkers(
  count: number,
  environment: Readonly<Record<string, string>>,
): Promise<Workers> {
  if (environment.NODE_COMPILE_CACHE) await warmUp(environment)
  const running = new Map<number, ChildProcess>()
  let stopping = false
  const start = () => {
    if (stopping) return
    const child = launch('worker', environment)
    const { pid } = child
    if (pid === undefined) throw new Error('a worker could not be started')
    running.set(pid, child)
    child.once('exit', () => {
      if (running.delete(pid)) start()
    })
  }
  for (let i = 0; i < count; i++) start()
  return {
    pids: () => [...running.keys()],
    kill(pid) {
      const killed = running.get(pid)?.kill('SIGKILL') ?? false
      if (running.delete(pid)) start()
      return killed
    },
    async stop() {
      stopping = true
      const children = [...running.values()]
      running.clear()
      await Promise.all(children.map(endChild))
    },
  }
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const hurry = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
  await ended
  clearTimeout(hurry)
}
