import type { HttpServer } from '../../infra/http/server.ts'
import type { Services } from '../services.ts'
import { routeContent } from './routes-content.ts'
import { routeMedia } from './routes-media.ts'
import { routePublications } from './routes-publications.ts'

export function routes(app: HttpServer, services: Services): void {
  routeMedia(app, services)
  routeContent(app, services)
  routePublications(app, services)
}
