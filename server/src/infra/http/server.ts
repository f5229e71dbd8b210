import type { IncomingMessage, ServerResponse } from 'node:http'
import compress from '@fastify/compress'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  fastify,
  LogController,
  type RawServerDefault,
} from 'fastify'
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import type { Log } from '../log.ts'
import { answerWithProblems } from './problem.ts'
import { contentSecurityPolicy, refuseForeignOrigins, sendSecurityHeaders } from './protection.ts'

export type HttpServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

const description =
  'Plan, publish and measure. Sign in with `POST /api/v1/auth/sign-in`; the session cookie authorises every other ' +
  'call. Errors are RFC 9457 problem details with a stable `code`.'

/** An empty server in the house's shape: validation and OpenAPI from zod, problems, security headers. */
export async function createHttpServer(options: {
  log: Log
  publicUrl: string
  /** Networks of reverse proxies, whose word on the visitor's address is taken. */
  trustProxy: readonly string[]
}): Promise<HttpServer> {
  const app = fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1_000_000,
    trustProxy: options.trustProxy.length ? [...options.trustProxy] : false,
    requestTimeout: 60_000,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true },
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  answerWithProblems(app)
  sendSecurityHeaders(app, options.publicUrl)
  refuseForeignOrigins(app, options.publicUrl)
  await app.register(compress, { encodings: ['br', 'gzip'], threshold: 1_024 })
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title: 'Heliograph', version: '1', description } },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    // Swagger UI brings a style element of its own.
    staticCSP: contentSecurityPolicy.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"),
  })
  app.get('/api/v1/openapi.json', { schema: { hide: true } }, () => app.swagger())
  return app
}
