import { Problem, problemFrom } from './problem.ts'
import type { Media } from './types.ts'

/** Sends the bytes of one image as they are; the server measures and keeps them. */
export async function uploadImage(workspaceId: string, file: Blob): Promise<Media> {
  const response = await fetch(`/api/v1/workspaces/${workspaceId}/media`, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': file.type },
    body: file,
  }).catch((cause: unknown) => {
    throw Problem.offline(cause)
  })
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok) throw problemFrom(body, response.status)
  // The server validates its answer against the schema this type is generated from.
  return body as Media
}
