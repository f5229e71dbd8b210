/**
 * The queries that screens, jobs and sources need most. Where a module has the query, it is the module's own function
 * that says it; where the screen is still to come, the statement is the one that the tables and indexes are made for.
 */
import { sql } from 'kysely'
import type { Doors, Telling, Tx } from '../../server/src/infra/postgres/doors.ts'
import { listAccounts } from '../../server/src/modules/accounts/queries.ts'
import { listAccountsToSync, listOutbox } from '../../server/src/modules/ingestion/queries.ts'
import { listContent } from '../../server/src/modules/publishing/queries-content.ts'
import {
  listDuePublications,
  listPublications,
} from '../../server/src/modules/publishing/queries-publications.ts'
import { findRole } from '../../server/src/modules/tenancy/queries.ts'
import type { Subject } from './subjects.ts'

export interface BenchQuery {
  readonly name: string
  /** The screen, job or source that waits for it. */
  readonly serves: string
  /** Goes through the door that it goes through in the product; one statement. */
  run(doors: Doors, subject: Subject): Promise<unknown>
}

const asMember =
  (ask: (tx: Tx, subject: Subject) => Promise<unknown>, telling?: Telling) =>
  (doors: Doors, subject: Subject) =>
    doors.withActor({ userId: subject.ownerId }, subject.workspaceId, (tx) => ask(tx, subject), telling)

const acrossWorkspaces = (ask: (tx: Tx) => Promise<unknown>) => (doors: Doors) => doors.withDispatch(ask)

export const queries: readonly BenchQuery[] = [
  {
    name: 'calendar',
    serves: 'screen calendar: a month of content',
    run: asMember((tx, { workspaceId, month }) => listContent(tx, workspaceId, { ...month, limit: 201 })),
  },
  {
    name: 'posts_latest',
    serves: 'screen posts: a page of 50 with their latest numbers',
    run: asMember((tx, { workspaceId, contentIds }) => listPublications(tx, workspaceId, contentIds)),
  },
  {
    name: 'post_readings',
    serves: 'source smartcontent: performance of one post over time',
    run: asMember((tx, { workspaceId, postId }) =>
      sql`select recorded_at, source, views, likes, comments, shares, clicks, reach, impressions, engagement_rate, ctr
        from content_performance where workspace_id = ${workspaceId} and published_post_id = ${postId}
        order by recorded_at desc limit 1000`.execute(tx),
    ),
  },
  {
    name: 'due_publications',
    serves: 'the sweep, every five seconds',
    run: acrossWorkspaces(listDuePublications),
  },
  {
    name: 'due_syncs',
    serves: 'job sync_due_posts, every minute',
    run: acrossWorkspaces((tx) => listAccountsToSync(tx, new Date())),
  },
  {
    name: 'outbox_batch',
    serves: 'job carry_outbox',
    run: acrossWorkspaces((tx) => listOutbox(tx, 1_000)),
  },
  {
    name: 'accounts',
    serves: 'screen accounts, and every screen that names one',
    run: asMember((tx, { workspaceId }) => listAccounts(tx, workspaceId)),
  },
  {
    name: 'audit_list',
    serves: 'who changed and read what: the latest 100 lines of the workspace',
    run: asMember(
      (tx, { workspaceId }) =>
        sql`select id, occurred_at, table_name, row_id, operation, old_values, new_values, user_id, acted_as
          from audit_log where workspace_id = ${workspaceId} order by occurred_at desc limit 100`.execute(tx),
      { reads: ['audit_log'] },
    ),
  },
  {
    name: 'activity',
    serves: 'source agentanalytics: what members did, latest 100',
    run: asMember((tx, { workspaceId }) =>
      sql`select id, created_at, user_id, event_type, event_name, page_path, session_id
        from analytics.user_activity where workspace_id = ${workspaceId}
        order by created_at desc limit 100`.execute(tx),
    ),
  },
  {
    name: 'full_text_search',
    serves: 'search over posts',
    run: asMember((tx, { workspaceId, word }) =>
      sql`select id, rank from app.search_posts(${workspaceId}::uuid, ${word})`.execute(tx),
    ),
  },
  {
    name: 'hashtag_search',
    serves: 'posts with a hashtag',
    run: asMember((tx, { workspaceId, hashtag }) =>
      sql`select id from app.posts_with_hashtag(${workspaceId}::uuid, ${[hashtag]}::text[])`.execute(tx),
    ),
  },
  {
    name: 'daily_performance',
    serves: 'dashboards: 30 days of all accounts by day',
    run: asMember((tx, { workspaceId }) =>
      sql`select * from analytics.daily_performance
        where workspace_id = ${workspaceId} and metric_date >= current_date - 30
        order by metric_date, social_account_id`.execute(tx),
    ),
  },
  {
    name: 'member_check',
    serves: 'every request: which role the person has',
    run: asMember((tx, { workspaceId }) => findRole(tx, workspaceId)),
  },
]
