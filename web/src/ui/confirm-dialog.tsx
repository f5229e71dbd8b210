import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { ProblemNotice } from './notice.tsx'

interface ConfirmDialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  /** What will be true afterwards. */
  children: ReactNode
  action: string
  onConfirm: () => void
  busy: boolean
  error: unknown
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Dialog
      open={props.open}
      onOpenChange={props.onOpenChange}
      title={props.title}
      description={props.children}
    >
      <div className="grid gap-4">
        {props.error ? <ProblemNotice cause={props.error} kept="Nothing was changed." /> : null}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={() => props.onOpenChange(false)}>
            Keep it
          </Button>
          <Button look="danger" busy={props.busy} onClick={props.onConfirm}>
            {props.action}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
