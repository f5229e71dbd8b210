import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { PublicError } from '../errors.ts'
import { isDatabaseAway } from '../postgres/database-away.ts'

/** RFC 9457 problem details, with a stable `code` and the faults of single fields. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' })
type Problem = z.infer<typeof Problem>

const problem = (status: number, code: string, title: string, detail = title): Problem => ({
  type: `urn:heliograph:problem:${code}`,
  title,
  status,
  detail,
  code,
})

/** What can be wrong with a request before any route sees it, by the HTTP server's own codes. */
const transportProblems: Readonly<Record<string, [code: string, title: string]>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed_json', 'The body is not valid JSON.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed_json', 'The body is empty, and its Content-Type promises JSON.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'A body of this Content-Type is not understood here; most calls take application/json.',
  ],
  FST_ERR_CTP_BODY_TOO_LARGE: ['body_too_large', 'The body is larger than this call takes.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad_request', 'The body is not as long as its Content-Length says.'],
}

function fromError(error: FastifyError): Problem {
  if (error instanceof PublicError) {
    const { code, status, title } = error.kind
    return {
      ...problem(status, code, title, error.message),
      ...(error.faults.length ? { errors: [...error.faults] } : {}),
    }
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    return {
      ...problem(422, 'invalid_input', 'Some of the input cannot be used.'),
      errors: error.validation.map((fault) => ({
        field: fault.instancePath.split('/').filter(Boolean).join('.') || (error.validationContext ?? 'body'),
        message: fault.message ?? 'is not valid',
      })),
    }
  }
  const status = error.statusCode ?? 500
  const known = transportProblems[error.code]
  if (known) return problem(status, ...known)
  if (status >= 400 && status < 500)
    return problem(status, (error.code ?? 'bad_request').toLowerCase(), error.message)
  if (isDatabaseAway(error)) {
    return problem(503, 'unavailable', 'The database is away for the moment. Look before you send it again.')
  }
  return problem(500, 'internal', 'Something went wrong on our side. Nothing that you sent was half-written.')
}

/** Every error leaves as problem+json; what was not meant for the caller is logged and told as a plain 500. */
export function answerWithProblems(app: FastifyInstance): void {
  const send = (reply: FastifyReply, body: Problem) =>
    reply.code(body.status).type('application/problem+json').serializer(JSON.stringify).send(body)
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const body = fromError(error)
    if (body.status >= 500) request.log.error({ err: error }, 'request failed')
    return send(reply, body)
  })
  app.setNotFoundHandler((_request, reply) =>
    send(reply, problem(404, 'not_found', 'There is nothing at this address.')),
  )
}
