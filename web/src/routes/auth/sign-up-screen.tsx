import { useMutation } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { signUp } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { formErrors } from '../../ui/field-errors.ts'
import { Notice } from '../../ui/notice.tsx'
import { AuthFrame } from './auth-frame.tsx'
import { fieldText, useEnter } from './use-enter.ts'

const route = getRouteApi('/sign-up')

export function SignUpScreen(): ReactNode {
  const { next } = route.useSearch()
  const enter = useEnter(next)
  const form = useMutation({ mutationFn: signUp, onSuccess: enter })
  const errors = formErrors(form.error, ['name', 'email', 'password'])
  return (
    <AuthFrame title="Create your account" lead="Then you make a workspace, connect an account and publish.">
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          const data = new FormData(event.currentTarget)
          form.mutate({
            name: fieldText(data, 'name'),
            email: fieldText(data, 'email'),
            password: fieldText(data, 'password'),
          })
        }}
      >
        {errors.rest ? <Notice tone="bad">{errors.rest}</Notice> : null}
        <TextField
          label="Your name"
          name="name"
          autoComplete="name"
          required
          error={errors.of('name', 'Your name')}
        />
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
          autoComplete="new-password"
          required
          hint="At least 10 characters. A few words are easier to remember than signs."
          error={errors.of('password', 'Password')}
        />
        <Button type="submit" look="primary" busy={form.isPending}>
          Create account
        </Button>
      </form>
      <p className="mt-6 text-sm text-quiet">
        You have an account?{' '}
        <Link
          to="/sign-in"
          search={next ? { next } : {}}
          className="py-1 text-link underline underline-offset-3"
        >
          Sign in
        </Link>
      </p>
    </AuthFrame>
  )
}
