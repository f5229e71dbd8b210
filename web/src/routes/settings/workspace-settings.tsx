import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { workspaceKey } from '../../api/keys.ts'
import { may, whyNot } from '../../api/permissions.ts'
import { updateWorkspace } from '../../api/workspaces.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { formErrors } from '../../ui/field-errors.ts'
import { announce } from '../../ui/live-region.tsx'
import { Notice } from '../../ui/notice.tsx'
import { TimeZoneField } from '../../ui/time-zone-field.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { replaceWorkspace } from './replace-workspace.ts'

export function WorkspaceSettings() {
  const { workspace } = useHere()
  const queries = useQueryClient()
  const [name, setName] = useState(workspace.name)
  const [timeZone, setTimeZone] = useState(workspace.timeZone)
  const save = useMutation({
    mutationFn: () => updateWorkspace(workspace.id, { name, timeZone }),
    onSuccess: async (changed) => {
      replaceWorkspace(queries, changed)
      announce('The workspace is saved')
      await queries.invalidateQueries({ queryKey: workspaceKey(workspace.id) })
    },
  })
  if (!may(workspace.role, 'administer')) {
    return (
      <div className="grid gap-3">
        <p>
          {workspace.name}, {workspace.timeZone.replaceAll('_', ' ')}
        </p>
        <Notice tone="info">{whyNot(workspace.role, 'administer')}</Notice>
      </div>
    )
  }
  const errors = formErrors(save.error, ['name', 'timeZone'])
  const changed = name !== workspace.name || timeZone !== workspace.timeZone
  return (
    <form
      noValidate
      className="grid max-w-md gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      {errors.rest ? <Notice tone="bad">{errors.rest}</Notice> : null}
      <TextField
        label="Workspace name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={errors.of('name', 'Workspace name')}
      />
      <TimeZoneField value={timeZone} onChange={setTimeZone} error={errors.of('timeZone', 'Time zone')} />
      {timeZone === workspace.timeZone ? null : (
        <Notice tone="info">
          Posts that are planned keep their instant; they are shown in the new zone.
        </Notice>
      )}
      <Button
        type="submit"
        look="primary"
        className="justify-self-start"
        busy={save.isPending}
        disabled={!changed}
      >
        Save workspace
      </Button>
    </form>
  )
}
