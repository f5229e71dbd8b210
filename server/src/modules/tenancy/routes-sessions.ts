import { unauthenticated } from '../../infra/errors.ts'
import { Empty, problems } from '../../infra/http/schemas.ts'
import type { HttpServer } from '../../infra/http/server.ts'
import type { Services } from '../services.ts'
import { listWorkspaces } from './queries.ts'
import { type Me, PasswordReset, PasswordResetRequest, Session, SignInInput, SignUpInput } from './schema.ts'
import { createThrottle } from './throttle.ts'

/** Per minute. A whole office may stand behind one network address. */
const triesPerAddress = 100
const triesPerAccountAndAddress = 20
/** From everywhere together. So much higher that a few addresses cannot keep the owner of an account out. */
const triesPerAccount = 400
/** Mails to one address, so that nobody's inbox is flooded. */
const resetsPerAccount = 5

export function routeSessions(app: HttpServer, services: Services): void {
  const tags = ['Sessions']
  const throttle = createThrottle(services.cache)
  const sessionOf = async (user: Me): Promise<Session> => ({
    user,
    workspaces: await services.doors.withActor({ userId: user.id }, null, (tx) =>
      listWorkspaces(tx, user.id),
    ),
  })

  app.get(
    '/api/v1/auth/session',
    { schema: { tags, summary: 'Who is signed in', response: { 200: Session, ...problems(401) } } },
    async (request, reply) => {
      const signedIn = await services.identity.renew(request.headers)
      if (!signedIn) throw unauthenticated()
      const { user, cookies } = signedIn
      if (cookies.length) reply.header('set-cookie', cookies)
      return sessionOf(user)
    },
  )
  app.post(
    '/api/v1/auth/sign-up',
    {
      schema: {
        tags,
        summary: 'Make an account and sign in',
        body: SignUpInput,
        response: { 201: Session, ...problems(409, 422, 429) },
      },
    },
    async (request, reply) => {
      await throttle.count('address', request.ip, triesPerAddress)
      const { user, cookies } = await services.identity.signUp(request.body, request.headers)
      return reply
        .code(201)
        .header('set-cookie', cookies)
        .send(await sessionOf(user))
    },
  )
  app.post(
    '/api/v1/auth/sign-in',
    {
      schema: {
        tags,
        summary: 'Sign in',
        body: SignInInput,
        response: { 200: Session, ...problems(401, 422, 429) },
      },
    },
    async (request, reply) => {
      await throttle.count('address', request.ip, triesPerAddress)
      const { email } = request.body
      await throttle.count('account_and_address', `${email} ${request.ip}`, triesPerAccountAndAddress)
      await throttle.count('account', email, triesPerAccount)
      const { user, cookies } = await services.identity.signIn(request.body, request.headers)
      return reply.header('set-cookie', cookies).send(await sessionOf(user))
    },
  )
  app.post(
    '/api/v1/auth/sign-out',
    { schema: { tags, summary: 'Sign out', response: { 204: Empty, ...problems(403) } } },
    async (request, reply) => {
      const cookies = await services.identity.signOut(request.headers)
      return reply.header('set-cookie', cookies).code(204).send()
    },
  )
  app.post(
    '/api/v1/auth/password-reset-requests',
    {
      schema: {
        tags,
        summary: 'Ask for a link to set a new password; answers alike for unknown addresses',
        body: PasswordResetRequest,
        response: { 202: Empty, ...problems(422, 429) },
      },
    },
    async (request, reply) => {
      await throttle.count('address', request.ip, triesPerAddress)
      await throttle.count('reset', request.body.email, resetsPerAccount)
      await services.identity.requestPasswordReset(request.body.email)
      return reply.code(202).send()
    },
  )
  app.post(
    '/api/v1/auth/password-resets',
    {
      schema: {
        tags,
        summary: 'Set a new password with the link that was mailed; ends all sessions',
        body: PasswordReset,
        response: { 204: Empty, ...problems(400, 422, 429) },
      },
    },
    async (request, reply) => {
      await throttle.count('address', request.ip, triesPerAddress)
      await services.identity.resetPassword(request.body)
      return reply.code(204).send()
    },
  )
}
