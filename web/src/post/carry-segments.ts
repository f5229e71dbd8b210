import type { Segment } from '../api/types.ts'

/**
 * What the server has found in an earlier text, carried over to the present one as far as both are the same,
 * so that colours stand still while somebody types.
 */
export function carrySegments(known: readonly Segment[], text: string): Segment[] {
  const kept: Segment[] = []
  let position = 0
  for (const segment of known) {
    if (!text.startsWith(segment.text, position)) break
    kept.push(segment)
    position += segment.text.length
  }
  const rest = text.slice(position)
  return rest === '' ? kept : [...kept, { kind: 'text', text: rest }]
}
