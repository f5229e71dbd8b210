import { useState } from 'react'
import { uploadImage } from '../../api/media.ts'
import { asProblem } from '../../api/problem.ts'
import type { ContentMedia } from '../../api/types.ts'

export const imageTypes = ['image/jpeg', 'image/png', 'image/webp', 'image/gif']
const maxBytes = 20 * 1024 * 1024

export interface Upload {
  key: number
  name: string
  /** Null while it is on its way. */
  fault: string | null
}

let nextKey = 1

/** Sends picked images one after the other; each is added to the post as it arrives. */
export function useImages(workspaceId: string, room: () => number, onArrived: (image: ContentMedia) => void) {
  const [uploads, setUploads] = useState<readonly Upload[]>([])
  const end = (key: number, fault: string | null) =>
    setUploads((now) =>
      fault === null
        ? now.filter((upload) => upload.key !== key)
        : now.map((upload) => (upload.key === key ? { ...upload, fault } : upload)),
    )

  const add = async (files: readonly File[]) => {
    const free = Math.max(0, room() - uploads.filter((upload) => upload.fault === null).length)
    const started = files.map((file, index) => ({ file, upload: newUpload(file, index < free) }))
    setUploads((now) => [
      ...now.filter((upload) => upload.fault === null),
      ...started.map(({ upload }) => upload),
    ])
    for (const { file, upload } of started) {
      if (upload.fault !== null) continue
      try {
        const media = await uploadImage(workspaceId, file)
        onArrived({ ...media, altText: '' })
        end(upload.key, null)
      } catch (cause) {
        end(upload.key, asProblem(cause).message)
      }
    }
  }

  return {
    uploads,
    add: (files: readonly File[]) => void add(files),
    dismiss: (key: number) => end(key, null),
  }
}

function newUpload(file: File, fits: boolean): Upload {
  return { key: nextKey++, name: file.name || 'Pasted image', fault: faultOf(file, fits) }
}

function faultOf(file: File, fits: boolean): string | null {
  if (!imageTypes.includes(file.type)) return 'This is no JPEG, PNG, WebP or GIF image.'
  if (file.size > maxBytes) return 'This is larger than 20 MB: make it smaller first.'
  return fits ? null : 'The post has as many images as the network takes: remove one first.'
}
