import type { FastifyInstance } from 'fastify'
import { forbidden } from '../errors.ts'

// Pictures may come from any https host: avatars live on the networks' own servers.
export const contentSecurityPolicy = [
  "default-src 'self'",
  "img-src 'self' data: blob: https: http://localhost:* http://127.0.0.1:*",
  // The chart library writes style attributes; style elements and foreign sheets stay refused.
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** `strict-transport-security` goes out only where people come by https: else it would shut them out. */
export function sendSecurityHeaders(app: FastifyInstance, publicUrl: string): void {
  const isSecure = new URL(publicUrl).protocol === 'https:'
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff')
    reply.header('referrer-policy', 'strict-origin-when-cross-origin')
    reply.header('x-frame-options', 'DENY')
    if (isSecure) reply.header('strict-transport-security', 'max-age=31536000')
    if (!reply.hasHeader('content-security-policy'))
      reply.header('content-security-policy', contentSecurityPolicy)
    if (request.url.startsWith('/api/') && !reply.hasHeader('cache-control'))
      reply.header('cache-control', 'no-store')
  })
}

/**
 * A browser names the page that sends a request; one of another origin may not change anything with the
 * visitor's cookie. Requests without `Origin` do not come from a page and carry no ambient cookie.
 */
export function refuseForeignOrigins(app: FastifyInstance, publicUrl: string): void {
  const own = new URL(publicUrl).host
  app.addHook('onRequest', async (request) => {
    const { origin } = request.headers
    if (!origin || request.method === 'GET' || request.method === 'HEAD') return
    const host = URL.canParse(origin) ? new URL(origin).host : origin
    if (host !== own && host !== request.headers.host) {
      throw forbidden(`This request comes from ${origin}, which is not this server.`)
    }
  })
}
