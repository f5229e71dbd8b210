import { useId } from 'react'
import type { ContentMedia } from '../../api/types.ts'
import { buttonClass, IconButton } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { ImageCard } from './image-card.tsx'
import { imageTypes, type Upload } from './use-images.ts'

interface ImagesProps {
  images: readonly ContentMedia[]
  uploads: readonly Upload[]
  max: number
  altTextMax: number
  onPick: (files: readonly File[]) => void
  onDismiss: (key: number) => void
  onChange: (images: ContentMedia[]) => void
}

export function Images({ images, uploads, max, altTextMax, onPick, onDismiss, onChange }: ImagesProps) {
  const inputId = useId()
  const move = (from: number, to: number) => {
    const next = [...images]
    next.splice(to, 0, ...next.splice(from, 1))
    onChange(next)
  }
  return (
    <div className="grid gap-3">
      <ol className="grid gap-3">
        {images.map((image, index) => (
          <ImageCard
            key={image.id}
            image={image}
            position={index + 1}
            count={images.length}
            altTextMax={altTextMax}
            onAltText={(altText) =>
              onChange(images.map((one) => (one.id === image.id ? { ...one, altText } : one)))
            }
            onMove={(step) => move(index, index + step)}
            onRemove={() => onChange(images.filter((one) => one.id !== image.id))}
          />
        ))}
      </ol>
      <ul aria-live="polite" className="grid gap-1.5 empty:hidden">
        {uploads.map((upload) => (
          <li key={upload.key} className="flex items-center gap-2 text-sm">
            <Icon
              name={upload.fault ? 'alert' : 'refresh'}
              size={16}
              className={upload.fault ? 'text-bad' : 'motion-safe:animate-spin'}
            />
            <span className="min-w-0 truncate">{upload.name}</span>
            <span className={upload.fault ? 'text-bad' : 'text-quiet'}>
              {upload.fault ?? 'is on its way'}
            </span>
            {upload.fault ? (
              <IconButton
                icon="cross"
                size={14}
                label={`Forget ${upload.name}`}
                onClick={() => onDismiss(upload.key)}
              />
            ) : null}
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap items-center gap-3">
        <label
          htmlFor={inputId}
          className={`${buttonClass('plain')} has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus`}
        >
          <Icon name="image" />
          Add images
          <input
            id={inputId}
            type="file"
            multiple
            accept={imageTypes.join(',')}
            className="sr-only"
            onChange={(event) => {
              onPick([...(event.target.files ?? [])])
              event.target.value = ''
            }}
          />
        </label>
        <span className="text-xs text-quiet">
          {images.length} of {max}. You can also paste or drop them.
        </span>
      </div>
    </div>
  )
}
