import type { IncomingHttpHeaders } from 'node:http'
import { APIError, betterAuth } from 'better-auth'
import { fromNodeHeaders } from 'better-auth/node'
import type pg from 'pg'
import type { Log } from '../../infra/log.ts'
import type { Mailer } from '../../infra/mail/mailer.ts'
import { createKysely } from '../../infra/postgres/pool.ts'
import { emailTaken, resetLinkInvalid, tooManyTries, wrongCredentials } from './errors.ts'
import { hashPassword, verifyPassword } from './password.ts'
import type { Me } from './schema.ts'

/** Who somebody is: passwords and sessions, by better-auth on our own tables. Knows no workspace. */
export interface Identity {
  signUp(
    input: { name: string; email: string; password: string },
    headers: IncomingHttpHeaders,
  ): Promise<SignedIn>
  signIn(input: { email: string; password: string }, headers: IncomingHttpHeaders): Promise<SignedIn>
  /** Returns the cookies that clear the session. */
  signOut(headers: IncomingHttpHeaders): Promise<string[]>
  /** Undefined: nobody is signed in. */
  whoIs(headers: IncomingHttpHeaders): Promise<Me | undefined>
  /** As `whoIs`; makes a session that is more than a day old last anew, by the cookies that it returns. */
  renew(headers: IncomingHttpHeaders): Promise<SignedIn | undefined>
  /** Says nothing about whether the address is known. */
  requestPasswordReset(email: string): Promise<void>
  /** Ends all sessions of the person. */
  resetPassword(input: { token: string; newPassword: string }): Promise<void>
}

export interface SignedIn {
  readonly user: Me
  readonly cookies: string[]
}

const sessionDays = 30
const day = 86_400
const resetLinkSeconds = 3_600

export interface IdentityOptions {
  /** Logs in as `identity_service`. */
  readonly pool: pg.Pool
  readonly secret: string
  readonly publicUrl: string
  readonly mailer: Mailer
  readonly log: Log
}

export function createIdentity(options: IdentityOptions): Identity {
  const auth = configure(options)
  const toMe = (user: {
    id: string
    name: string
    email: string
    image?: string | null | undefined
  }): Me => ({
    id: user.id,
    name: user.name,
    email: user.email,
    avatarUrl: user.image ?? null,
  })

  return {
    async signUp(body, headers) {
      const call = auth.api.signUpEmail({ body, headers: fromNodeHeaders(headers), returnHeaders: true })
      const { response, headers: answer } = await call.catch(translate)
      return { user: toMe(response.user), cookies: answer.getSetCookie() }
    },
    async signIn(body, headers) {
      const call = auth.api.signInEmail({ body, headers: fromNodeHeaders(headers), returnHeaders: true })
      const { response, headers: answer } = await call.catch(translate)
      return { user: toMe(response.user), cookies: answer.getSetCookie() }
    },
    async signOut(headers) {
      const { headers: answer } = await auth.api.signOut({
        headers: fromNodeHeaders(headers),
        returnHeaders: true,
      })
      return answer.getSetCookie()
    },
    async whoIs(headers) {
      // A renewal whose cookie does not reach the browser would use up the chance of the next one.
      const session = await auth.api.getSession({
        headers: fromNodeHeaders(headers),
        query: { disableRefresh: true },
      })
      return session ? toMe(session.user) : undefined
    },
    async renew(headers) {
      const { response: session, headers: answer } = await auth.api.getSession({
        headers: fromNodeHeaders(headers),
        returnHeaders: true,
      })
      return session ? { user: toMe(session.user), cookies: answer.getSetCookie() } : undefined
    },
    async requestPasswordReset(email) {
      await auth.api.requestPasswordReset({ body: { email } })
    },
    async resetPassword(body) {
      await auth.api.resetPassword({ body }).catch(translate)
    },
  }
}

function configure({ pool, secret, publicUrl, mailer, log }: IdentityOptions) {
  return betterAuth({
    baseURL: publicUrl,
    secret,
    database: { db: createKysely(pool), type: 'postgres' },
    telemetry: { enabled: false },
    logger: { log: (level, message) => (level === 'error' ? log.error(message) : log.debug(message)) },
    advanced: { database: { generateId: false }, cookiePrefix: 'heliograph' },
    user: {
      modelName: 'users',
      fields: {
        emailVerified: 'email_verified',
        image: 'avatar_url',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    session: {
      modelName: 'user_sessions',
      expiresIn: sessionDays * day,
      updateAge: day,
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    account: {
      modelName: 'user_credentials',
      fields: {
        userId: 'user_id',
        providerId: 'provider',
        accountId: 'provider_account_id',
        password: 'password_hash',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    verification: {
      modelName: 'user_verifications',
      // Whoever reads the database does not find a link that still works.
      storeIdentifier: 'hashed',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    emailAndPassword: {
      enabled: true,
      minPasswordLength: 10,
      maxPasswordLength: 200,
      password: { hash: hashPassword, verify: verifyPassword },
      resetPasswordTokenExpiresIn: resetLinkSeconds,
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: async ({ user, token }) => {
        const link = `${publicUrl}/reset-password?token=${encodeURIComponent(token)}`
        const mail = {
          to: user.email,
          subject: 'Set a new password for Heliograph',
          text: `Hello ${user.name},\n\nset a new password here within an hour:\n\n${link}\n\nIf you did not ask for this, leave it be: nothing has changed.`,
        }
        // Not waited for: an answer that takes as long as the mail server, or fails with it, would tell
        // strangers which addresses have an account.
        mailer
          .send(mail)
          .catch((error: unknown) => log.error({ err: error }, 'a password reset could not be mailed'))
      },
    },
  })
}

/** better-auth's own codes, in our words. What is not expected stays an error of ours. */
function translate(error: unknown): never {
  if (!(error instanceof APIError)) throw error
  switch (error.body?.code) {
    case 'USER_ALREADY_EXISTS':
    case 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL':
      throw emailTaken(undefined, {
        faults: [{ field: 'email', message: 'has an account already: sign in instead' }],
      })
    case 'INVALID_EMAIL_OR_PASSWORD':
      throw wrongCredentials()
    case 'INVALID_TOKEN':
      throw resetLinkInvalid()
    default:
      if (error.statusCode === 429) throw tooManyTries()
      throw error
  }
}
