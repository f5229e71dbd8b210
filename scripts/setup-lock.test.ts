import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

/** A checkout with nothing but the lock in it, and a way to run work under that lock in another process. */
async function makeCheckout() {
  const root = await mkdtemp(join(tmpdir(), 'setup-lock-'))
  onTestFinished(() => rm(root, { recursive: true }))
  await mkdir(join(root, 'scripts'))
  for (const file of ['setup-lock.mjs', 'repository.mjs', 'setup-fault.mjs']) {
    await cp(join(import.meta.dirname, file), join(root, 'scripts', file))
  }
  await writeFile(join(root, 'journal'), '')
  const work = (body: string) => {
    const program = `
      import { appendFileSync } from 'node:fs'
      import { withSetupLock } from './scripts/setup-lock.mjs'
      const note = (word) => appendFileSync('journal', word + '\\n')
      await withSetupLock(async () => { ${body} })`
    return spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }
  return { work, journal: async () => (await readFile(join(root, 'journal'), 'utf8')).trim().split('\n') }
}

test('set-ups that begin at the same moment work one after another', async () => {
  const { work, journal } = await makeCheckout()
  const pause = 'await new Promise((resolve) => setTimeout(resolve, 20))'
  const children = Array.from({ length: 5 }, () => work(`note('in'); ${pause}; note('out')`))
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
  expect(codes).toEqual([0, 0, 0, 0, 0])
  expect(await journal()).toEqual(Array.from({ length: 5 }, () => ['in', 'out']).flat())
}, 30_000)

test('the lock of a set-up that was killed does not block the next one', async () => {
  const { work, journal } = await makeCheckout()
  const killed = work(
    "note('killed'); console.log('in'); await new Promise((resolve) => setTimeout(resolve, 600_000))",
  )
  await once(killed.stdout, 'data')
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  const [code] = await once(work("note('next')"), 'exit')
  expect(code).toBe(0)
  expect(await journal()).toEqual(['killed', 'next'])
}, 30_000)
