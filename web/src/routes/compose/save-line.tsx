import { clock } from '../../time/wording.ts'
import type { SaveState } from './use-draft.ts'

export function SaveLine({ state, zone }: { state: SaveState; zone: string }) {
  return (
    <p role="status" className={`text-xs ${state.kind === 'kept' ? 'text-warn' : 'text-quiet'}`}>
      {words(state, zone)}
    </p>
  )
}

function words(state: SaveState, zone: string): string {
  switch (state.kind) {
    case 'untouched':
      return 'Saved as you type'
    case 'saving':
      return 'Saving'
    case 'saved':
      return `Saved ${clock(state.at, zone)}`
    case 'kept':
      return state.problem.status === 0
        ? 'Kept on this device. Heliograph does not answer; it is saved once it does.'
        : `Kept on this device, not saved: ${state.problem.message}`
  }
}
