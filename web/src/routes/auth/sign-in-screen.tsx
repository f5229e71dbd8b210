import { useMutation } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { signIn } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { formErrors } from '../../ui/field-errors.ts'
import { Notice } from '../../ui/notice.tsx'
import { AuthFrame } from './auth-frame.tsx'
import { fieldText, useEnter } from './use-enter.ts'

const route = getRouteApi('/sign-in')

export function SignInScreen(): ReactNode {
  const { next } = route.useSearch()
  const enter = useEnter(next)
  const form = useMutation({ mutationFn: signIn, onSuccess: enter })
  const errors = formErrors(form.error, ['email', 'password'])
  return (
    <AuthFrame title="Sign in" lead={next ? 'Sign in to go on where you were.' : undefined}>
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          const data = new FormData(event.currentTarget)
          form.mutate({ email: fieldText(data, 'email'), password: fieldText(data, 'password') })
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
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          error={errors.of('password', 'Password')}
        />
        <Button type="submit" look="primary" busy={form.isPending}>
          Sign in
        </Button>
      </form>
      <p className="mt-6 flex flex-wrap justify-between gap-x-6 gap-y-2 text-sm">
        <Link
          to="/sign-up"
          search={next ? { next } : {}}
          className="py-1 text-link underline underline-offset-3"
        >
          Create an account
        </Link>
        <Link to="/forgot-password" className="py-1 text-link underline underline-offset-3">
          Forgot your password?
        </Link>
      </p>
    </AuthFrame>
  )
}
