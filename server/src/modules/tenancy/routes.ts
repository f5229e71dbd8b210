import type { HttpServer } from '../../infra/http/server.ts'
import type { Services } from '../services.ts'
import { routeInvitations } from './routes-invitations.ts'
import { routeSessions } from './routes-sessions.ts'
import { routeWorkspaces } from './routes-workspaces.ts'

export function routes(app: HttpServer, services: Services): void {
  routeSessions(app, services)
  routeWorkspaces(app, services)
  routeInvitations(app, services)
}
