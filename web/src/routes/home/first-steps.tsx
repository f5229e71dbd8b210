import { Link } from '@tanstack/react-router'
import { may, whyNot } from '../../api/permissions.ts'
import type { Content, SocialAccount } from '../../api/types.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Notice } from '../../ui/notice.tsx'
import { useHere } from '../shell/workspace-context.ts'

/** The way to the first post: three steps, and one button for the next of them. */
export function FirstSteps({
  accounts,
  posts,
}: {
  accounts: readonly SocialAccount[]
  posts: readonly Content[]
}) {
  const { workspace } = useHere()
  const params = { workspaceId: workspace.id }
  const draft = posts.find((content) => content.status === 'draft')
  const steps = [
    {
      title: 'Connect an account',
      text: 'Your Bluesky handle and an app password: Heliograph publishes there and reads the numbers back.',
      done: accounts.some((account) => account.status !== 'disconnected'),
    },
    {
      title: 'Write',
      text: 'The preview beside the text shows the post exactly as the network will.',
      done: draft !== undefined,
    },
    {
      title: 'Publish',
      text: 'Now or at a time you choose. It goes out once, and you see its numbers.',
      done: false,
    },
  ]
  const next = steps.findIndex((step) => !step.done)
  if (!may(workspace.role, next === 0 ? 'connect' : 'write')) {
    return (
      <Notice tone="info" title="Nothing has been published here yet">
        {whyNot(workspace.role, next === 0 ? 'connect' : 'write')}
      </Notice>
    )
  }
  return (
    <section aria-label="First steps" className="grid gap-6">
      <ol className="grid gap-px overflow-hidden rounded-lg border border-line bg-line md:grid-cols-3">
        {steps.map((step, index) => (
          <li
            key={step.title}
            className={`grid content-start gap-2 p-5 ${index === next ? 'bg-sun-soft' : 'bg-surface'}`}
          >
            <span
              className={`inline-flex size-7 items-center justify-center rounded-full text-sm font-semibold ${
                step.done
                  ? 'bg-good-soft text-good'
                  : index === next
                    ? 'bg-sun text-on-sun'
                    : 'bg-sunken text-quiet'
              }`}
            >
              {step.done ? <Icon name="check" size={16} /> : index + 1}
            </span>
            <h2 className="font-semibold">
              {step.title}
              {step.done ? <span className="sr-only"> (done)</span> : null}
            </h2>
            <p className="text-sm text-quiet">{step.text}</p>
          </li>
        ))}
      </ol>
      {next === 0 ? (
        <Link
          to="/w/$workspaceId/accounts"
          params={params}
          className={`${buttonClass('primary')} justify-self-start`}
        >
          Connect an account
        </Link>
      ) : (
        <Link
          to="/w/$workspaceId/write/{-$contentId}"
          params={{ ...params, contentId: draft?.id }}
          className={`${buttonClass('primary')} justify-self-start`}
        >
          {draft ? 'Go on writing' : 'Write the first post'}
        </Link>
      )}
    </section>
  )
}
