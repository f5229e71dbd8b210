import type { Sharp } from 'sharp'

/** More than any camera makes; a small file can otherwise claim pixels that fill the memory. */
const mostPixels = 100_000_000

/** The largest image takes a second or two. Whatever takes longer is not to keep a thread that others wait for. */
const mostSeconds = 30

type Part = readonly [bytes: Buffer, at: number]

/**
 * How each readable format begins: all parts of one of these. Every one fixes the first bytes, because the library
 * also reads SVG, whose drawing no limit ends, and knows it by a `<svg` that text may precede.
 */
const beginnings: readonly (readonly Part[])[] = [
  [[Buffer.from('ffd8ff', 'hex'), 0]],
  [[Buffer.from('89504e470d0a1a0a', 'hex'), 0]],
  [[Buffer.from('GIF8'), 0]],
  [
    [Buffer.from('RIFF'), 0],
    [Buffer.from('WEBP'), 8],
  ],
]

const isReadable = (file: Buffer) =>
  beginnings.some((parts) => parts.every(([bytes, at]) => file.subarray(at, at + bytes.length).equals(bytes)))

/** The only way by which bytes of others come to a decoder. Rejects what is none of the readable formats. */
export async function openImage(bytes: Buffer): Promise<Sharp> {
  if (!isReadable(bytes)) throw new Error('these bytes do not begin as a JPEG, PNG, GIF or WebP image does')
  const { default: sharp } = await import('sharp')
  return sharp(bytes, { limitInputPixels: mostPixels }).timeout({ seconds: mostSeconds })
}
