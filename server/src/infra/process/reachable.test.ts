import { chmod, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultDataDirectory } from './data-directory.ts'
import { anybody, findBlockingDirectory } from './reachable.ts'

test('the first directory that keeps a visitor out is named, and its owner is not kept out', async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'reachable-')))
  await chmod(root, 0o711)
  await mkdir(join(root, 'closed', 'inner'), { recursive: true })
  await chmod(join(root, 'closed', 'inner'), 0o700)
  await chmod(join(root, 'closed'), 0o750)
  const ourselves = { uid: process.getuid?.() ?? 0, gid: -1 }
  try {
    expect(findBlockingDirectory(join(root, 'closed', 'inner'), anybody)).toBe(join(root, 'closed'))
    expect(findBlockingDirectory(join(root, 'closed', 'inner'), ourselves)).toBeUndefined()
    await chmod(join(root, 'closed'), 0o751)
    expect(findBlockingDirectory(join(root, 'closed', 'inner'), anybody)).toBe(join(root, 'closed', 'inner'))
  } finally {
    await rm(root, { recursive: true })
  }
})

test('data lives in the checkout, but as root never behind a directory that only root can enter', async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'checkout-')))
  try {
    await chmod(root, 0o755)
    expect(defaultDataDirectory(root)).toBe(join(root, 'data'))
    await chmod(root, 0o700)
    const behindClosedDoor = defaultDataDirectory(root)
    if (process.getuid?.() === 0) expect(behindClosedDoor).toMatch(/^\/var\/lib\/heliograph\/[0-9a-f]{10}$/)
    else expect(behindClosedDoor).toBe(join(root, 'data'))
  } finally {
    await rm(root, { recursive: true })
  }
})
