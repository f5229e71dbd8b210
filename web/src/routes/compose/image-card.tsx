import { useId } from 'react'
import type { ContentMedia } from '../../api/types.ts'
import { IconButton } from '../../ui/button.tsx'

interface ImageCardProps {
  image: ContentMedia
  position: number
  count: number
  altTextMax: number
  onAltText: (altText: string) => void
  onMove: (step: -1 | 1) => void
  onRemove: () => void
}

export function ImageCard({
  image,
  position,
  count,
  altTextMax,
  onAltText,
  onMove,
  onRemove,
}: ImageCardProps) {
  const id = useId()
  return (
    <li className="flex gap-3 rounded-md border border-line bg-surface p-2">
      <img
        src={image.url}
        alt={image.altText || `Image ${position}, not described yet`}
        className="size-20 shrink-0 rounded-sm bg-sunken object-cover"
      />
      <div className="grid min-w-0 grow gap-1">
        <label htmlFor={id} className="text-xs font-medium">
          Alt text for image {position}
        </label>
        <textarea
          id={id}
          rows={2}
          value={image.altText}
          maxLength={altTextMax}
          dir="auto"
          aria-describedby={`${id}-hint`}
          placeholder="What is to be seen, for people who can't see it"
          onChange={(event) => onAltText(event.target.value)}
          className="control py-1.5 text-sm"
        />
        <p
          id={`${id}-hint`}
          className={`text-xs ${image.altText.trim() === '' ? 'text-warn' : 'text-quiet'}`}
        >
          {image.altText.trim() === ''
            ? 'Without it, people with a screen reader do not know what this is.'
            : 'Thank you: everybody can follow.'}
        </p>
      </div>
      <div className="flex flex-col">
        <IconButton
          icon="up"
          label={`Move image ${position} up`}
          disabled={position === 1}
          onClick={() => onMove(-1)}
        />
        <IconButton
          icon="down"
          label={`Move image ${position} down`}
          disabled={position === count}
          onClick={() => onMove(1)}
        />
        <IconButton icon="trash" label={`Remove image ${position}`} onClick={onRemove} />
      </div>
    </li>
  )
}
