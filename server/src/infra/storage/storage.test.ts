import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFolderStorage, type Storage } from './storage.ts'

let directory: string
let storage: Storage
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'heliograph-storage-'))
  storage = createFolderStorage(directory)
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function* chunksOf(text: string) {
  for (const letter of text) yield Buffer.from(letter)
}
const writers: [string, (key: string, text: string) => Promise<void>][] = [
  ['put', (key, text) => storage.put(key, Buffer.from(text))],
  ['putStream', (key, text) => storage.putStream(key, chunksOf(text))],
]

test.each(writers)('what %s has kept is read back, whole and for our own account alone', async (_, write) => {
  await write('folder/file', 'first')
  await write('folder/file', 'second')
  expect((await storage.get('folder/file'))?.toString()).toBe('second')
  expect((await buffer(storage.getStream('folder/file'))).toString()).toBe('second')
  expect(await readdir(join(directory, 'folder'))).toEqual(['file'])
  expect((await stat(join(directory, 'folder', 'file'))).mode & 0o777).toBe(0o600)
})

test.each(writers)('a %s that fails at its last step leaves nothing behind', async (_, write) => {
  // A file cannot take the place of a folder.
  await mkdir(join(directory, 'folder', 'file'), { recursive: true })
  await expect(write('folder/file', 'text')).rejects.toMatchObject({ code: 'EISDIR' })
  expect(await readdir(join(directory, 'folder'))).toEqual(['file'])
})

test('a stream that breaks off leaves what was kept before, and nothing of itself', async () => {
  await storage.putStream('folder/file', chunksOf('before'))
  const breaking = async function* () {
    yield Buffer.from('half of')
    throw new Error('the source is gone')
  }
  await expect(storage.putStream('folder/file', breaking())).rejects.toThrow('the source is gone')
  expect((await storage.get('folder/file'))?.toString()).toBe('before')
  expect(await readdir(join(directory, 'folder'))).toEqual(['file'])
})

test('what a killed writer left unfinished is cleared away by the next stream to its key, and by no other', async () => {
  await mkdir(join(directory, 'folder'))
  await writeFile(join(directory, 'folder', 'file.draft-killed'), 'half')
  await storage.putStream('folder/other', chunksOf('text'))
  expect(await readdir(join(directory, 'folder'))).toContain('file.draft-killed')
  await storage.putStream('folder/file', chunksOf('text'))
  expect((await readdir(join(directory, 'folder'))).sort()).toEqual(['file', 'other'])
})

test.each(['../outside', '/outside', 'Folder/file', 'a//b', ''])('%j is no key', async (key) => {
  for (const [, write] of writers) await expect(write(key, 'text')).rejects.toThrow('no storage key')
  expect(await readdir(directory)).toEqual([])
})
