import type { PlatformLimits, PreparedImage } from '../../connectors/connector.ts'
import { ConnectorFailure } from '../../connectors/failure.ts'
import type { Storage } from '../../infra/storage/storage.ts'
import { openImage } from './open-image.ts'

const jpegQualities = [90, 80, 70, 60, 45, 30]

export interface StoredImage {
  readonly storageKey: string
  readonly altText: string
}

/**
 * Brings images to a network's limits: turned upright, at most so many pixels and bytes, without the camera's
 * metadata, which may hold the place where the picture was taken.
 */
export async function prepareImages(
  storage: Storage,
  images: readonly StoredImage[],
  limits: PlatformLimits['images'],
): Promise<PreparedImage[]> {
  const prepared: PreparedImage[] = []
  for (const { storageKey, altText } of images) {
    const original = await storage.get(storageKey)
    if (!original)
      throw new ConnectorFailure(
        'rejected',
        'An image of this post is missing in the storage. Upload it again.',
      )
    const decoded = await decode(original, limits.maxEdgePx).catch((cause: unknown) => {
      const text = 'An image of this post cannot be read to its end. Replace it by one that is whole.'
      throw new ConnectorFailure('rejected', text, { cause })
    })
    prepared.push({ ...(await encode(decoded, limits)), altText })
  }
  return prepared
}

interface Decoded {
  readonly pixels: Buffer
  readonly raw: { readonly width: number; readonly height: number; readonly channels: 1 | 2 | 3 | 4 }
  readonly format: string
}

/** Decodes and resizes once, whatever the number of tries to make it small enough. */
async function decode(original: Buffer, edge: number): Promise<Decoded> {
  const image = await openImage(original)
  const { format } = await image.metadata()
  const { data, info } = await image
    .rotate()
    .resize({ width: edge, height: edge, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  return { pixels: data, raw: { width, height, channels }, format }
}

async function encode(
  { pixels, raw, format }: Decoded,
  limits: PlatformLimits['images'],
): Promise<Omit<PreparedImage, 'altText'>> {
  const { default: sharp } = await import('sharp')
  if (format === 'png' && limits.mimeTypes.includes('image/png')) {
    const png = await sharp(pixels, { raw }).png().toBuffer({ resolveWithObject: true })
    if (png.info.size <= limits.maxBytes) return describe(png, 'image/png')
  }
  for (const quality of jpegQualities) {
    // JPEG has no transparency: what shows through is white.
    const jpeg = await sharp(pixels, { raw })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality, mozjpeg: true })
      .toBuffer({ resolveWithObject: true })
    if (jpeg.info.size <= limits.maxBytes) return describe(jpeg, 'image/jpeg')
  }
  throw new ConnectorFailure(
    'rejected',
    'An image cannot be made small enough for this network. Use a simpler one.',
  )
}

const describe = (encoded: { data: Buffer; info: { width: number; height: number } }, mimeType: string) => ({
  bytes: encoded.data,
  mimeType,
  widthPx: encoded.info.width,
  heightPx: encoded.info.height,
})
