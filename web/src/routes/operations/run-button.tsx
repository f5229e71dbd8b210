import { Button } from '../../ui/button.tsx'
import type { Asking } from './use-run-duty.ts'

export function RunButton({ title, asking }: { title: string; asking: Asking }) {
  const words = asking.waiting ? 'Asked for' : 'Run now'
  return (
    <Button small busy={asking.waiting} onClick={asking.start} aria-label={`${words}: ${title}`}>
      {words}
    </Button>
  )
}
