import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { HttpServer } from './server.ts'

/** Serves the built web app; every address that is no file and no API is the app's own. */
export async function serveWebApp(app: HttpServer, directory: string): Promise<void> {
  if (!existsSync(directory)) {
    app.log.warn('the web app is not built; only the API is served')
    return
  }
  await app.register(fastifyStatic, {
    root: directory,
    wildcard: false,
    // File names of assets carry a hash of their content.
    setHeaders: (reply, path) => {
      const immutable = path.startsWith(join(directory, 'assets/'))
      reply.header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  app.get('/*', { schema: { hide: true } }, (request, reply) => {
    // A page in the place of a missing script would only confuse the browser that asks for an old one.
    if (/^\/(api|assets)(\/|$|\?)/.test(request.url)) return reply.callNotFound()
    return reply.sendFile('index.html')
  })
}
