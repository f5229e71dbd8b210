import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useRouter } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { sessionKey } from '../../api/keys.ts'
import { sessionQuery } from '../../api/session.ts'
import type { Session } from '../../api/types.ts'
import { createWorkspace } from '../../api/workspaces.ts'
import { viewerZone } from '../../time/wording.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { formErrors } from '../../ui/field-errors.ts'
import { Notice } from '../../ui/notice.tsx'
import { TimeZoneField } from '../../ui/time-zone-field.tsx'
import { AuthFrame } from '../auth/auth-frame.tsx'
import { fieldText } from '../auth/use-enter.ts'

export function NewWorkspaceScreen(): ReactNode {
  const session = useQuery(sessionQuery)
  const queries = useQueryClient()
  const router = useRouter()
  const [timeZone, setTimeZone] = useState(viewerZone)
  const form = useMutation({
    mutationFn: createWorkspace,
    onSuccess: async (workspace) => {
      queries.setQueryData(sessionKey, (known: Session | undefined) =>
        known ? { ...known, workspaces: [...known.workspaces, workspace] } : known,
      )
      await router.navigate({ to: '/w/$workspaceId', params: { workspaceId: workspace.id } })
    },
  })
  const errors = formErrors(form.error, ['name', 'timeZone'])
  const first = session.data?.workspaces[0]
  return (
    <AuthFrame
      title={first ? 'New workspace' : 'Create your workspace'}
      lead="A workspace holds accounts, posts and numbers of one team or one client, apart from all others."
    >
      <form
        noValidate
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault()
          form.mutate({ name: fieldText(new FormData(event.currentTarget), 'name'), timeZone })
        }}
      >
        {errors.rest ? <Notice tone="bad">{errors.rest}</Notice> : null}
        <TextField
          label="Workspace name"
          name="name"
          autoComplete="organization"
          required
          error={errors.of('name', 'Workspace name')}
        />
        <TimeZoneField value={timeZone} onChange={setTimeZone} error={errors.of('timeZone', 'Time zone')} />
        <Button type="submit" look="primary" busy={form.isPending}>
          Create workspace
        </Button>
      </form>
      {first ? (
        <p className="mt-6 text-sm">
          <Link
            to="/w/$workspaceId"
            params={{ workspaceId: first.id }}
            className="py-1 text-link underline underline-offset-3"
          >
            Back to {first.name}
          </Link>
        </p>
      ) : null}
    </AuthFrame>
  )
}
