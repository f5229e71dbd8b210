export interface ShownImage {
  url: string
  altText: string
  widthPx: number | null
  heightPx: number | null
}

const layouts: Record<number, string> = {
  2: 'grid-cols-2',
  3: 'grid-cols-2 [&>*:first-child]:row-span-2',
  4: 'grid-cols-2',
}

/** One to four images as Bluesky lays them out, each with its mark when it has an alt text. */
export function ImageGrid({ images }: { images: readonly ShownImage[] }) {
  const [first] = images
  if (!first) return null
  const single = images.length === 1
  return (
    <div
      className={`mt-2 grid gap-1 overflow-hidden rounded-lg ${layouts[images.length] ?? ''}`}
      style={single ? { aspectRatio: singleRatio(first) } : { aspectRatio: '3 / 2' }}
    >
      {images.slice(0, 4).map((image) => (
        <div key={image.url} className="relative min-h-0 min-w-0 bg-sunken">
          <img src={image.url} alt={image.altText} className="size-full object-cover" />
          {image.altText === '' ? null : (
            <span
              aria-hidden="true"
              className="absolute end-1.5 bottom-1.5 rounded-sm bg-black/75 px-1.5 py-0.5 text-[0.625rem] font-bold text-white"
            >
              ALT
            </span>
          )}
        </div>
      ))}
    </div>
  )
}

/** The network shows a single image in its own shape, between wide and tall. */
const singleRatio = ({ widthPx, heightPx }: ShownImage): string =>
  widthPx && heightPx ? String(Math.min(2, Math.max(0.75, widthPx / heightPx))) : '3 / 2'
