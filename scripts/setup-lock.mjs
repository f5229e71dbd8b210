/**
 * One set-up at a time per checkout. Lock files are numbered and the highest number rules: taking over from a
 * set-up that was killed means creating the next number, which the file system grants to exactly one.
 */
import { linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readIfPresent, repository } from './repository.mjs'

// Not within node_modules, which an install removes.
const directory = join(repository, '.cache', 'setup')
const pollMs = 200

/** Runs `work` while no other set-up of this checkout is at work; waits for one that is. */
export async function withSetupLock(work) {
  const release = await acquire()
  try {
    return await work()
  } finally {
    release()
  }
}

async function acquire() {
  mkdirSync(directory, { recursive: true })
  let isWaitAnnounced = false
  for (;;) {
    const newest = Math.max(0, ...listNumbers())
    const holder = readIfPresent(lockPath(newest))
    if (isAlive(holder)) {
      if (!isWaitAnnounced)
        console.log(`Waiting for another set-up of this checkout (process ${pidOf(holder)}) ...`)
      isWaitAnnounced = true
      await delay(pollMs)
      continue
    }
    if (!createLock(newest + 1)) continue
    const numbers = listNumbers()
    // Whoever was paused since reading `newest` can win a number that was used and removed meanwhile.
    if (numbers.some((other) => other > newest + 1)) {
      rmSync(lockPath(newest + 1), { force: true })
      continue
    }
    for (const older of numbers) if (older <= newest) rmSync(lockPath(older), { force: true })
    // The newest stays, empty, so that numbers never begin anew under somebody who waits.
    return () => writeFileSync(lockPath(newest + 1), '')
  }
}

function createLock(number) {
  const temporary = join(directory, `new-${process.pid}`)
  writeFileSync(temporary, `${process.pid} ${startOf(process.pid)}`)
  try {
    linkSync(temporary, lockPath(number))
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
}

function isAlive(holder) {
  const pid = pidOf(holder)
  if (!pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error.code !== 'EPERM') return false
  }
  return startOf(pid) === holder.slice(holder.indexOf(' ') + 1)
}

function pidOf(holder) {
  return Number.parseInt(holder ?? '', 10)
}

/** When the process started, in ticks since boot: tells a reused pid. Empty where the system does not say. */
function startOf(pid) {
  const stat = readIfPresent(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function listNumbers() {
  return readdirSync(directory)
    .map((entry) => Number(/^(\d+)\.lock$/.exec(entry)?.[1]))
    .filter(Number.isInteger)
}

function lockPath(number) {
  return join(directory, `${number}.lock`)
}
