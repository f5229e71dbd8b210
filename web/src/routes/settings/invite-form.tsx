import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId } from 'react'
import { invitationsKey } from '../../api/keys.ts'
import { roleMeanings, roleNames } from '../../api/permissions.ts'
import { invite } from '../../api/workspaces.ts'
import { Button } from '../../ui/button.tsx'
import { SelectField, TextField } from '../../ui/field.tsx'
import { formErrors } from '../../ui/field-errors.ts'
import { announce } from '../../ui/live-region.tsx'
import { Notice } from '../../ui/notice.tsx'
import { fieldText } from '../auth/use-enter.ts'
import { useHere } from '../shell/workspace-context.ts'
import { grantable } from './role-select.tsx'

export function InviteForm() {
  const { workspace } = useHere()
  const queries = useQueryClient()
  const create = useMutation({
    mutationFn: (input: { email: string; role: (typeof grantable)[number] }) => invite(workspace.id, input),
    onSuccess: async () => queries.invalidateQueries({ queryKey: invitationsKey(workspace.id) }),
  })
  const errors = formErrors(create.error, ['email', 'role'])
  return (
    <div className="grid gap-4">
      <form
        noValidate
        className="flex flex-wrap items-start gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          const data = new FormData(event.currentTarget)
          const role = grantable.find((one) => one === fieldText(data, 'role')) ?? 'viewer'
          create.mutate({ email: fieldText(data, 'email'), role })
        }}
      >
        <div className="min-w-56 grow basis-56">
          <TextField
            label="E-mail to invite"
            name="email"
            type="email"
            autoComplete="off"
            error={errors.of('email', 'E-mail')}
          />
        </div>
        <SelectField label="Role" name="role" defaultValue="editor" error={errors.of('role', 'Role')}>
          {grantable.map((role) => (
            <option key={role} value={role}>
              {roleNames[role]}: {roleMeanings[role].toLowerCase()}
            </option>
          ))}
        </SelectField>
        <Button type="submit" className="mt-6.5" busy={create.isPending}>
          Create invitation
        </Button>
      </form>
      {errors.rest ? <Notice tone="bad">{errors.rest}</Notice> : null}
      {create.data ? <CreatedLink email={create.data.email} link={create.data.link} /> : null}
    </div>
  )
}

function CreatedLink({ email, link }: { email: string; link: string }) {
  const id = useId()
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link)
      announce('The link is copied')
    } catch {
      // A browser may refuse, for example without https: the link stands there to be copied by hand.
      announce('The browser does not let us copy: mark the link and copy it yourself', 'bad')
    }
  }
  return (
    <Notice tone="good" title={`Send this link to ${email}`}>
      <label htmlFor={id}>It is shown only this once.</label>
      <div className="mt-2 flex flex-wrap gap-2">
        <input
          id={id}
          readOnly
          value={link}
          onFocus={(event) => event.target.select()}
          className="control min-w-0 grow font-mono text-xs"
        />
        <Button icon="copy" onClick={() => void copy()}>
          Copy link
        </Button>
      </div>
    </Notice>
  )
}
