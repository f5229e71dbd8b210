import type { Artist } from './plan.ts'
import type { Random } from './random.ts'

/** One text, before it goes anywhere. */
export interface Writing {
  readonly random: Random
  readonly contentId: string
  readonly text: string
  readonly title: string | null
  readonly hashtags: readonly string[]
  readonly artist: Artist
  /** When it is to go out. */
  readonly atMs: number
}
