import { Button } from '../../ui/button.tsx'
import { publishWords } from './plan.ts'
import { WhenFields } from './when-fields.tsx'

interface PublishBarProps {
  zone: string
  at: string | undefined
  onAt: (at: string | undefined) => void
  planFault: string | null
  accountCount: number
  obstacle: string | null
  busy: boolean
  onPublish: () => void
}

export function PublishBar(props: PublishBarProps) {
  return (
    <div className="grid gap-4 border-t border-line pt-5">
      <WhenFields zone={props.zone} at={props.at} fault={props.planFault} onChange={props.onAt} />
      <div className="grid justify-items-start gap-2">
        <Button
          look="primary"
          icon={props.at === undefined ? 'send' : 'clock'}
          busy={props.busy}
          disabled={props.obstacle !== null}
          aria-describedby={props.obstacle ? 'publish-obstacle' : undefined}
          onClick={props.onPublish}
          className="py-1.5 text-start"
        >
          {publishWords(props.accountCount, props.at, props.zone)}
        </Button>
        {props.obstacle ? (
          <p id="publish-obstacle" className="text-sm text-quiet">
            {props.obstacle}
          </p>
        ) : null}
      </div>
    </div>
  )
}
