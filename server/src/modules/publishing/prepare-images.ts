import type { PlatformLimits, PreparedImage } from '../../connectors/connector.ts'
import { ConnectorFailure } from '../../connectors/failure.ts'
import type { Storage } from '../../infra/storage/storage.ts'

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
    prepared.push({ ...(await resize(original, limits)), altText })
  }
  return prepared
}

async function resize(
  original: Buffer,
  limits: PlatformLimits['images'],
): Promise<Omit<PreparedImage, 'altText'>> {
  const { default: sharp } = await import('sharp')
  const edge = limits.maxEdgePx
  const upright = sharp(original)
    .rotate()
    .resize({ width: edge, height: edge, fit: 'inside', withoutEnlargement: true })
  const { hasAlpha, format } = await sharp(original).metadata()
  if (format === 'png' && limits.mimeTypes.includes('image/png')) {
    const png = await upright.clone().png().toBuffer({ resolveWithObject: true })
    if (png.info.size <= limits.maxBytes) return describe(png, 'image/png')
  }
  const opaque = hasAlpha ? upright.clone().flatten({ background: '#ffffff' }) : upright
  for (const quality of jpegQualities) {
    const jpeg = await opaque.clone().jpeg({ quality, mozjpeg: true }).toBuffer({ resolveWithObject: true })
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
