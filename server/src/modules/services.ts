import type { Analytics } from '../analytics/run.ts'
import type { Config } from '../config.ts'
import type { Connector, Platform } from '../connectors/connector.ts'
import type { Cache } from '../infra/cache/cache.ts'
import type { FactWriter } from '../infra/clickhouse/fact-writer.ts'
import type { Clock } from '../infra/clock.ts'
import type { Keyring } from '../infra/crypto/keyring.ts'
import type { ChangeFeed } from '../infra/events/change-feed.ts'
import type { HttpServer } from '../infra/http/server.ts'
import type { Job, Schedule } from '../infra/jobs/queue.ts'
import type { Log } from '../infra/log.ts'
import type { Mailer } from '../infra/mail/mailer.ts'
import type { Metrics } from '../infra/metrics.ts'
import type { GuardedFetch } from '../infra/outbound-http/guarded-fetch.ts'
import type { Actor, Doors } from '../infra/postgres/doors.ts'
import type { Storage } from '../infra/storage/storage.ts'
import type { Identity, Role } from './tenancy/index.ts'

/** What the composition root hands to every module. */
export interface Services {
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  readonly doors: Doors
  readonly keyring: Keyring
  readonly identity: Identity
  readonly changes: ChangeFeed
  readonly cache: Cache
  readonly storage: Storage
  /** What has left the database for good: apart from `storage`, so that it can lie on slower, larger disks. */
  readonly archive: Storage
  readonly mailer: Mailer
  readonly fetch: GuardedFetch
  readonly connectorFor: (platform: Platform) => Connector
  readonly analytics: Analytics
  readonly facts: FactWriter
}

/** A request of somebody who is signed in. */
export interface ActorContext extends Services {
  readonly actor: Actor
}

/** A request inside a workspace of which the actor is a member. */
export interface WorkspaceContext extends ActorContext {
  readonly workspaceId: string
  readonly role: Role
}

/** What a module brings: the same shape for all of them. */
export interface Module {
  routes?(app: HttpServer, services: Services): void
  jobs?(services: Services): Job[]
  readonly schedules?: readonly Schedule[]
  /** What `/metrics` tells of the module, read anew each time that it is asked. */
  measure?(metrics: Metrics, services: Services): void
}
