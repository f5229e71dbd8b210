import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { requestPasswordReset } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { formErrors } from '../../ui/field-errors.ts'
import { Notice } from '../../ui/notice.tsx'
import { AuthFrame } from './auth-frame.tsx'
import { fieldText } from './use-enter.ts'

export function ForgotPasswordScreen(): ReactNode {
  const form = useMutation({ mutationFn: requestPasswordReset })
  const errors = formErrors(form.error, ['email'])
  return (
    <AuthFrame title="Reset your password" lead="We send you a link with which you choose a new one.">
      {form.isSuccess ? (
        <Notice tone="good" title="Look into your mail">
          If {form.variables} has an account here, a link is on its way. It may take a minute; look into the
          spam folder too.
        </Notice>
      ) : (
        <form
          noValidate
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            form.mutate(fieldText(new FormData(event.currentTarget), 'email'))
          }}
        >
          {errors.rest ? <Notice tone="bad">{errors.rest}</Notice> : null}
          <TextField
            label="E-mail"
            name="email"
            type="email"
            autoComplete="username"
            required
            error={errors.of('email', 'E-mail')}
          />
          <Button type="submit" look="primary" busy={form.isPending}>
            Send the link
          </Button>
        </form>
      )}
      <p className="mt-6 text-sm">
        <Link to="/sign-in" className="py-1 text-link underline underline-offset-3">
          Back to sign in
        </Link>
      </p>
    </AuthFrame>
  )
}
