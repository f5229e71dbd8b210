import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFolderStorage, type Storage } from '../../infra/storage/storage.ts'
import { openImage } from './open-image.ts'
import { prepareImages } from './prepare-images.ts'

const limits = { max: 4, maxBytes: 1_000_000, maxEdgePx: 200, mimeTypes: ['image/jpeg'], altTextMax: 9 }
const refused = 'do not begin as a JPEG, PNG, GIF or WebP image does'

let directory: string
let storage: Storage
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'images-'))
  storage = createFolderStorage(directory)
})
afterAll(() => rm(directory, { recursive: true }))

/** Has a network's image made of stored bytes, as they are when a post is due. */
async function prepare(bytes: Buffer) {
  await storage.put('image', bytes)
  return prepareImages(storage, [{ storageKey: 'image', altText: '' }], limits)
}

const plain = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: 'red' }, limitInputPixels: false })

test('the four readable formats come to the decoder, and no other that it could read', async () => {
  for (const format of ['jpeg', 'png', 'webp', 'gif'] as const) {
    const bytes = await plain(30, 20).toFormat(format).toBuffer()
    const facts = await (await openImage(bytes)).metadata()
    expect(facts).toMatchObject({ format, width: 30, height: 20 })
    expect(await prepare(bytes)).toMatchObject([{ widthPx: 30, heightPx: 20 }])
  }
  const others = [
    await plain(30, 20).tiff().toBuffer(),
    await plain(30, 20).avif().toBuffer(),
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"/>'),
    Buffer.from('<svg a="WEBP" xmlns="http://www.w3.org/2000/svg" width="30" height="20"/>'),
  ]
  for (const bytes of others) {
    expect(await sharp(bytes).metadata(), 'the library reads it').toMatchObject({ width: 30, height: 20 })
    await expect(openImage(bytes)).rejects.toThrow(refused)
    await expect(prepare(bytes)).rejects.toMatchObject({
      code: 'rejected',
      cause: { message: expect.stringContaining(refused) },
    })
  }
})

test('a small file that claims more pixels than a camera makes is not decoded, neither now nor when it is due', async () => {
  const huge = await plain(10_001, 10_000).png().toBuffer()
  expect(huge.length).toBeLessThan(5_000_000)
  const tooMany = 'exceeds pixel limit'
  await expect(openImage(huge).then((image) => image.metadata())).rejects.toThrow(tooMany)
  await expect(prepare(huge)).rejects.toMatchObject({
    code: 'rejected',
    cause: { message: expect.stringContaining(tooMany) },
  })
})
