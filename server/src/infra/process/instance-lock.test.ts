import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { acquireInstanceLock } from './instance-lock.ts'
import { findProcess } from './process-facts.ts'
import { StartRefused } from './start-refused.ts'

let directory: string
const children: ChildProcess[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'instance-lock-'))
})

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
  await rm(directory, { recursive: true })
})

/** Tries for the lock in a process of its own, at the moment it is told to; answers `won` or the refusal. */
async function startContender(): Promise<{ child: ChildProcess; go(): void; outcome: Promise<string> }> {
  const program = `
    const { acquireInstanceLock } = await import(${JSON.stringify(new URL('./instance-lock.ts', import.meta.url).href)})
    process.stdin.once('data', () => acquireInstanceLock(${JSON.stringify(directory)}).then(
      () => console.log('won'), (error) => console.log(error.message)))
    console.log('ready')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.push(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe('ready')
  return {
    child,
    go: () => child.stdin.write('go\n'),
    outcome: lines.next().then(({ value }) => String(value)),
  }
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

test('a second instance is refused with the pid of the first', async () => {
  const first = await startContender()
  first.go()
  expect(await first.outcome).toBe('won')
  const refusal = await acquireInstanceLock(directory).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(StartRefused)
  expect(String(refusal)).toContain(`process ${first.child.pid}`)
})

test('a released lock can be taken again, and releasing twice does not free the next holder', async () => {
  const first = await acquireInstanceLock(directory)
  await first.release()
  const second = await acquireInstanceLock(directory)
  await first.release()
  await expect(acquireInstanceLock(directory)).rejects.toThrow(`process ${process.pid}`)
  await second.release()
})

test('the lock of a killed instance is taken over', async () => {
  const first = await startContender()
  first.go()
  expect(await first.outcome).toBe('won')
  await kill(first.child)
  const lock = await acquireInstanceLock(directory)
  await lock.release()
})

test('a lock whose pid now belongs to another program is taken over', async () => {
  const identity = `${findProcess(process.pid)?.identity}-of-an-earlier-process`
  await writeFile(join(directory, 'instance.4.lock'), JSON.stringify({ pid: process.pid, identity }))
  const lock = await acquireInstanceLock(directory)
  await lock.release()
})

test('a lock file left without contents by a power cut does not block', async () => {
  await writeFile(join(directory, 'instance.1.lock'), '')
  const lock = await acquireInstanceLock(directory)
  await lock.release()
})

test('of six instances that find a dead lock at the same moment exactly one wins, round after round', async () => {
  for (let round = 0; round < 3; round++) {
    const contenders = await Promise.all(Array.from({ length: 6 }, startContender))
    for (const { go } of contenders) go()
    const outcomes = await Promise.all(contenders.map(({ outcome }) => outcome))
    const winner = contenders[outcomes.indexOf('won')]?.child.pid
    expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome.includes(`process ${winner}`))).toHaveLength(5)
    for (const { child } of contenders) await kill(child)
  }
  expect(await readdir(directory)).toHaveLength(1)
}, 60_000)
