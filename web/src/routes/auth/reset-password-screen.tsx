import { useMutation } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { resetPassword } from '../../api/session.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { formErrors } from '../../ui/field-errors.ts'
import { Notice } from '../../ui/notice.tsx'
import { AuthFrame } from './auth-frame.tsx'
import { fieldText } from './use-enter.ts'

const route = getRouteApi('/reset-password')

export function ResetPasswordScreen(): ReactNode {
  const { token } = route.useSearch()
  const form = useMutation({ mutationFn: resetPassword })
  const errors = formErrors(form.error, ['newPassword'])
  if (!token) {
    return (
      <AuthFrame title="This link is not complete" lead="Open it again from the mail, or ask for a new one.">
        <Link to="/forgot-password" className={buttonClass('primary')}>
          Ask for a new link
        </Link>
      </AuthFrame>
    )
  }
  if (form.isSuccess) {
    return (
      <AuthFrame title="Your password is changed" lead="Sign in with the new one.">
        <Link to="/sign-in" className={buttonClass('primary')}>
          Sign in
        </Link>
      </AuthFrame>
    )
  }
  return (
    <AuthFrame title="Choose a new password">
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          form.mutate({ token, newPassword: fieldText(new FormData(event.currentTarget), 'newPassword') })
        }}
      >
        {errors.rest ? (
          <Notice
            tone="bad"
            actions={
              <Link to="/forgot-password" className={buttonClass('plain', true)}>
                Ask for a new link
              </Link>
            }
          >
            {errors.rest}
          </Notice>
        ) : null}
        <TextField
          label="New password"
          name="newPassword"
          type="password"
          autoComplete="new-password"
          required
          hint="At least 10 characters."
          error={errors.of('newPassword', 'New password')}
        />
        <Button type="submit" look="primary" busy={form.isPending}>
          Change password
        </Button>
      </form>
    </AuthFrame>
  )
}
