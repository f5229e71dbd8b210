import { sql } from 'kysely'
import { postMetricNames } from '../../connectors/connector.ts'
import type { FailureCode } from '../../connectors/failure.ts'
import { anyOf } from '../../infra/postgres/any-of.ts'
import type { Tx } from '../../infra/postgres/doors.ts'
import { nextStepOf } from './failure-texts.ts'
import type { Attempt, Publication, PublicationStatus } from './schema.ts'

const snapshotColumns = postMetricNames.map((name) => `s.${name}` as const)

/** Reads the ingestion module's tables for the latest numbers of each publication. */
const publicationsOf = (tx: Tx, workspaceId: string) =>
  tx
    .selectFrom('publications as p')
    .innerJoin('social_accounts as a', (join) =>
      join.onRef('a.workspace_id', '=', 'p.workspace_id').onRef('a.id', '=', 'p.social_account_id'),
    )
    .leftJoin('published_posts as pp', (join) =>
      join.onRef('pp.workspace_id', '=', 'p.workspace_id').onRef('pp.publication_id', '=', 'p.id'),
    )
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('post_snapshots as ps')
          .selectAll()
          .whereRef('ps.workspace_id', '=', 'pp.workspace_id')
          .whereRef('ps.published_post_id', '=', 'pp.id')
          // Months that are still to come have a partition already; clocks may differ, by no more than a day.
          .where('ps.captured_at', '<', sql<Date>`now() + interval '1 day'`)
          .orderBy('ps.captured_at', 'desc')
          .limit(1)
          .as('s'),
      (join) => join.onTrue(),
    )
    .select(['p.id', 'p.content_id', 'p.social_account_id', 'p.status', 'p.scheduled_for', 'p.published_at'])
    .select(['p.platform_post_url', 'p.held', 'p.failure_code', 'p.failure_text', 'p.retry_at'])
    .select(['a.platform', 'a.username', 'pp.id as published_post_id', 's.captured_at'])
    .select(snapshotColumns)
    .where('p.workspace_id', '=', workspaceId)

type PublicationRow = Awaited<ReturnType<ReturnType<typeof publicationsOf>['executeTakeFirstOrThrow']>>

function toPublication(row: PublicationRow): Publication & { contentId: string } {
  const told = postMetricNames.flatMap((name) => (row[name] === null ? [] : [[name, row[name]] as const]))
  return {
    id: row.id,
    contentId: row.content_id,
    accountId: row.social_account_id,
    platform: row.platform,
    username: row.username,
    status: row.status,
    scheduledFor: row.scheduled_for?.toISOString() ?? null,
    publishedAt: row.published_at?.toISOString() ?? null,
    platformPostUrl: row.platform_post_url,
    publishedPostId: row.published_post_id,
    held: row.held,
    failure: row.failure_code && {
      code: row.failure_code,
      reason: row.failure_text ?? 'The network did not say why.',
      nextStep: nextStepOf(row.status, row.failure_code),
      retryAt: row.retry_at?.toISOString() ?? null,
    },
    latest: row.captured_at && {
      metrics: Object.fromEntries(told),
      capturedAt: row.captured_at.toISOString(),
    },
  }
}

export async function listPublications(
  tx: Tx,
  workspaceId: string,
  contentIds: readonly string[],
): Promise<(Publication & { contentId: string })[]> {
  if (!contentIds.length) return []
  const rows = await publicationsOf(tx, workspaceId)
    .where('p.content_id', '=', anyOf(contentIds))
    .orderBy('p.created_at')
    .orderBy('p.id')
    .execute()
  return rows.map(toPublication)
}

export async function findPublication(
  tx: Tx,
  workspaceId: string,
  publicationId: string,
): Promise<(Publication & { contentId: string }) | undefined> {
  const row = await publicationsOf(tx, workspaceId).where('p.id', '=', publicationId).executeTakeFirst()
  return row && toPublication(row)
}

/** Makes the accounts of a content exactly these; those that stay keep their publication. */
export async function replacePublications(
  tx: Tx,
  workspaceId: string,
  contentId: string,
  accountIds: readonly string[],
): Promise<void> {
  let surplus = tx
    .deleteFrom('publications')
    .where('workspace_id', '=', workspaceId)
    .where('content_id', '=', contentId)
  if (accountIds.length) surplus = surplus.where('social_account_id', 'not in', accountIds)
  await surplus.execute()
  if (!accountIds.length) return
  await tx
    .insertInto('publications')
    .values(
      accountIds.map((id) => ({ workspace_id: workspaceId, content_id: contentId, social_account_id: id })),
    )
    .onConflict((conflict) =>
      conflict.columns(['workspace_id', 'content_id', 'social_account_id']).doNothing(),
    )
    .execute()
}

/** Locks a content's publications against a worker that would claim one, and tells their states. */
export async function lockPublications(
  tx: Tx,
  workspaceId: string,
  contentId: string,
): Promise<{ id: string; status: PublicationStatus; accountId: string }[]> {
  return tx
    .selectFrom('publications')
    .select(['id', 'status', 'social_account_id as accountId'])
    .where('workspace_id', '=', workspaceId)
    .where('content_id', '=', contentId)
    .orderBy('id')
    .forUpdate()
    .execute()
}

export async function schedulePublications(
  tx: Tx,
  workspaceId: string,
  publicationIds: readonly string[],
  at: Date,
): Promise<void> {
  await tx
    .updateTable('publications')
    .set({
      status: 'scheduled',
      scheduled_for: at,
      due_at: at,
      held: false,
      retry_count: 0,
      failure_code: null,
      failure_text: null,
      retry_at: null,
    })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', anyOf(publicationIds))
    .execute()
}

export async function cancelPublications(tx: Tx, workspaceId: string, contentId: string): Promise<void> {
  await tx
    .updateTable('publications')
    .set({
      status: 'cancelled',
      scheduled_for: null,
      due_at: null,
      held: false,
      failure_code: null,
      failure_text: null,
      retry_at: null,
    })
    .where('workspace_id', '=', workspaceId)
    .where('content_id', '=', contentId)
    .where('status', 'in', ['scheduled', 'failed'])
    .execute()
}

/** Lets go what waited for an account that is connected again. Returns what is to be sent. */
export async function releaseHeld(tx: Tx, workspaceId: string, accountId: string): Promise<string[]> {
  const rows = await tx
    .updateTable('publications')
    .set({ held: false, failure_code: null, failure_text: null })
    .where('workspace_id', '=', workspaceId)
    .where('social_account_id', '=', accountId)
    .where(sql<boolean>`held`)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** The latest 500 attempts, oldest first. */
export async function listAttempts(tx: Tx, workspaceId: string, publicationId: string): Promise<Attempt[]> {
  const rows = await tx
    .selectFrom('publication_attempts')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('publication_id', '=', publicationId)
    .orderBy('number', 'desc')
    .limit(500)
    .execute()
  return rows.reverse().map((row) => ({
    id: row.id,
    number: row.number,
    startedAt: row.started_at.toISOString(),
    submittedAt: row.submitted_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    outcome: row.outcome,
    failureCode: row.failure_code,
    detail: row.detail,
  }))
}

export interface Trouble {
  readonly status: PublicationStatus
  readonly held: boolean
  readonly scheduled_for: Date | null
  readonly retry_at: Date | null
  readonly failure_code: FailureCode | null
  readonly failure_text: string | null
  readonly content_id: string
  readonly text: string
  readonly username: string
  readonly name: string
  readonly email: string
}

/**
 * What keeps a publication, and whom to tell: its author, or else whoever connected the account. Undefined where
 * both have left the workspace.
 */
export async function findTrouble(
  tx: Tx,
  workspaceId: string,
  publicationId: string,
): Promise<Trouble | undefined> {
  return tx
    .selectFrom('publications as p')
    .innerJoin('content as c', (join) =>
      join.onRef('c.workspace_id', '=', 'p.workspace_id').onRef('c.id', '=', 'p.content_id'),
    )
    .innerJoin('social_accounts as a', (join) =>
      join.onRef('a.workspace_id', '=', 'p.workspace_id').onRef('a.id', '=', 'p.social_account_id'),
    )
    .innerJoin('users as u', (join) =>
      join.on((eb) =>
        eb.or([eb('u.id', '=', eb.ref('c.created_by')), eb('u.id', '=', eb.ref('a.connected_by'))]),
      ),
    )
    .select(['p.status', 'p.failure_code', 'p.failure_text', 'p.content_id', 'c.text', 'a.username'])
    .select(['p.held', 'p.scheduled_for', 'p.retry_at', 'u.name', 'u.email'])
    .where('p.workspace_id', '=', workspaceId)
    .where('p.id', '=', publicationId)
    .orderBy((eb) => eb('u.id', '=', eb.ref('c.created_by')), 'desc')
    .limit(1)
    .executeTakeFirst()
}

/**
 * Across workspaces, for dispatch: what a worker must look at now, the 500 most overdue. States and number stand in the
 * statement: its plan for all values is then as good as that for one, is made once, and goes by the index of what is due.
 */
export async function listDuePublications(tx: Tx): Promise<{ workspaceId: string; publicationId: string }[]> {
  return tx
    .selectFrom('publications')
    .select(['workspace_id as workspaceId', 'id as publicationId'])
    .where(sql<boolean>`status in ('scheduled', 'claimed', 'submitted', 'processing', 'unconfirmed')`)
    .where(sql<boolean>`not held`)
    .where('due_at', '<=', sql<Date>`now()`)
    .orderBy('due_at')
    .limit(sql<number>`500`)
    .execute()
}

/** Across workspaces, for dispatch: 500 accounts that are connected although something still waits for that. */
export async function listAccountsHolding(tx: Tx): Promise<{ workspaceId: string; accountId: string }[]> {
  return tx
    .selectFrom('publications as p')
    .innerJoin('social_accounts as a', (join) =>
      join.onRef('a.workspace_id', '=', 'p.workspace_id').onRef('a.id', '=', 'p.social_account_id'),
    )
    .select(['p.workspace_id as workspaceId', 'p.social_account_id as accountId'])
    .distinct()
    .where(sql<boolean>`p.held`)
    .where('a.status', '=', 'active')
    .limit(500)
    .execute()
}
