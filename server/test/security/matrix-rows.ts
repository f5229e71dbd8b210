/** Two workspaces with one row of everything each, and the statements that try to get at it. */
import { randomUUID } from 'node:crypto'
import type { World } from '../world.ts'
import { chooseModelIds, modelTarget, seedModel } from './matrix-model.ts'
import type { Subject } from './policy-table.ts'

const roles = ['owner', 'admin', 'manager', 'editor', 'analyst', 'viewer', 'artist'] as const
export type MemberRole = (typeof roles)[number]

export interface SeededWorkspace {
  readonly id: string
  readonly name: string
  /** One person per role. */
  readonly people: Readonly<Record<MemberRole, string>>
  readonly secondOwner: string
  /** A viewer whom others try to change. */
  readonly bystander: string
  readonly accountId: string
  readonly contentId: string
  /** Content that has no publication yet. */
  readonly draftId: string
  readonly mediaId: string
  readonly publicationId: string
  /** Of an artist who is not among the people. */
  readonly publishedPostId: string
  /** Of the artist among the people. */
  readonly artistPostId: string
  readonly syncLogId: string
  /** The row of each subject of `modelRows`. */
  readonly modelIds: Readonly<Record<string, string>>
}

export async function seedPerson(world: World, name: string): Promise<string> {
  const id = randomUUID()
  await world.query(`insert into users (id, name, email) values ($1, $2, $3)`, [
    id,
    name,
    `${name}-${id.slice(0, 8)}@example.com`,
  ])
  return id
}

export async function seedMember(world: World, workspaceId: string, userId: string, role: MemberRole) {
  await world.query(`insert into workspace_members (workspace_id, user_id, role) values ($1, $2, $3)`, [
    workspaceId,
    userId,
    role,
  ])
}

export async function seedWorkspace(world: World, name: string): Promise<SeededWorkspace> {
  const member = async (role: MemberRole) => {
    const person = await seedPerson(world, `${name}-${role}`)
    await seedMember(world, seed.id, person, role)
    return person
  }
  const seed = {
    id: randomUUID(),
    name,
    accountId: randomUUID(),
    contentId: randomUUID(),
    draftId: randomUUID(),
    mediaId: randomUUID(),
    publicationId: randomUUID(),
    publishedPostId: randomUUID(),
    artistPostId: randomUUID(),
    syncLogId: randomUUID(),
    modelIds: chooseModelIds(),
  }
  await world.query(`insert into workspaces (id, name, slug, time_zone) values ($1, $2, $2, 'UTC')`, [
    seed.id,
    name,
  ])
  const people = {
    owner: await member('owner'),
    admin: await member('admin'),
    manager: await member('manager'),
    editor: await member('editor'),
    analyst: await member('analyst'),
    viewer: await member('viewer'),
    artist: await member('artist'),
  }
  const w = `'${seed.id}'`
  await world.query(`
    insert into workspace_invitations (workspace_id, email, role, token_hash, expires_at)
      values (${w}, '${name}@example.com', 'viewer', sha256('${name}'), now() + interval '1 day');
    insert into social_accounts (workspace_id, id, platform, platform_account_id, username, service_url,
        access_token_encrypted, refresh_token_encrypted)
      values (${w}, '${seed.accountId}', 'bluesky', 'did:plc:${name}', 'u', 'https://a.example', 'x', 'y');
    insert into media (workspace_id, id, storage_key, mime_type, size_bytes, width_px, height_px)
      values (${w}, '${seed.mediaId}', 'k', 'image/png', 1, 1, 1);
    insert into content (workspace_id, id, text)
      values (${w}, '${seed.contentId}', 'a secret of ${name}'), (${w}, '${seed.draftId}', 'a draft of ${name}');
    insert into content_media (workspace_id, content_id, position, media_id)
      values (${w}, '${seed.contentId}', 0, '${seed.mediaId}');
    insert into publications (workspace_id, id, content_id, social_account_id)
      values (${w}, '${seed.publicationId}', '${seed.contentId}', '${seed.accountId}');
    insert into publication_attempts (workspace_id, publication_id, number)
      values (${w}, '${seed.publicationId}', 1);
    insert into published_posts (workspace_id, id, social_account_id, platform, platform_post_id, permalink, text, published_at)
      values (${w}, '${seed.publishedPostId}', '${seed.accountId}', 'bluesky', 'p', 'https://a.example/p', 'our secret', now()),
        (${w}, '${seed.artistPostId}', '${seed.accountId}', 'bluesky', 'a', 'https://a.example/a', 't', now());
    insert into sync_logs (workspace_id, id, social_account_id, sync_type)
      values (${w}, '${seed.syncLogId}', '${seed.accountId}', 'full');
    insert into post_snapshots (workspace_id, published_post_id, captured_at, source, likes)
      values (${w}, '${seed.publishedPostId}', now() - interval '1 hour', 'api', 1),
        (${w}, '${seed.artistPostId}', now() - interval '1 hour', 'api', 1);
    insert into outbox (workspace_id, topic, payload) values (${w}, 'topic', '{}')`)
  const seeded = { ...seed, people, secondOwner: await member('owner'), bystander: await member('viewer') }
  await seedModel(world, seeded)
  const artist = `'${seed.modelIds['artists: oneself']}'`
  await world.query(`
    update workspace_members set artist_id = ${artist} where workspace_id = ${w} and user_id = '${people.artist}';
    update published_posts set artist_id = ${artist} where workspace_id = ${w} and id = '${seed.artistPostId}';
    update published_posts set artist_id = '${seed.modelIds['artists: another']}'
      where workspace_id = ${w} and id = '${seed.publishedPostId}';
    -- What the views over the last days are made of, whenever the test runs.
    insert into post_deltas (workspace_id, published_post_id, period, from_at, to_at, views_delta)
      values (${w}, '${seed.publishedPostId}', 'daily', now() - interval '2 days', now() - interval '1 day', 1)`)
  return seeded
}

export interface Target {
  readonly table: string
  /** The column that names the workspace. */
  readonly tenant: string
  readonly key: readonly string[]
  /** Which of the workspace's rows are meant. */
  readonly where: string
  /** A change that whoever may update may make. */
  readonly change: string
  /** A new row, as column and SQL value. */
  readonly fresh: Readonly<Record<string, string>>
  /** Columns that refer to rows of the workspace, with a row of `seed` for each. */
  readonly references: Readonly<Record<string, string>>
}

/** How each line of the policy table is put to the test on the rows of `seed`. */
export function targetOf(subject: Subject, seed: SeededWorkspace, askerId: string | undefined): Target {
  const q = (text: string) => `'${text}'`
  const w = q(seed.id)
  const target = (
    table: string,
    change: string,
    fresh: Record<string, string>,
    more: Partial<Target> = {},
  ): Target => ({
    // Qualified, since outside of the doors not even the schema is in reach.
    table: `public.${table}`,
    tenant: 'workspace_id',
    key: ['workspace_id', 'id'],
    where: `workspace_id = ${w}`,
    change,
    fresh: { workspace_id: w, ...fresh },
    references: {},
    ...more,
  })
  const member = (userId: string | undefined) =>
    target(
      'workspace_members',
      `role = 'analyst'`,
      { user_id: `(select gen_random_uuid())`, role: `'viewer'` },
      {
        key: ['workspace_id', 'user_id'],
        where: `workspace_id = ${w} and ${userId ? `user_id = ${q(userId)}` : 'false'}`,
      },
    )
  const account = { social_account_id: q(seed.accountId) }
  switch (subject) {
    case 'workspaces':
      return {
        ...target('workspaces', `name = 'changed'`, {}, { tenant: 'id', key: ['id'], where: `id = ${w}` }),
        fresh: { id: 'gen_random_uuid()', name: `'n'`, slug: `'new'`, time_zone: `'UTC'` },
      }
    case 'workspace_members: oneself':
      return member(askerId)
    case 'workspace_members: an owner':
      return member(seed.secondOwner)
    case 'workspace_members: anybody else':
      return member(seed.bystander)
    case 'workspace_invitations':
      return target('workspace_invitations', 'revoked_at = now()', {
        email: `'new@example.com'`,
        role: `'viewer'`,
        token_hash: `sha256('new')`,
        expires_at: 'now()',
      })
    case 'social_accounts':
      return target('social_accounts', `display_name = 'changed'`, {
        platform: `'bluesky'`,
        platform_account_id: `'did:plc:new'`,
        username: `'u'`,
        service_url: `'https://a.example'`,
        access_token_encrypted: `'x'`,
        refresh_token_encrypted: `'y'`,
      })
    case 'media':
      return target('media', `mime_type = 'image/gif'`, {
        storage_key: `'new'`,
        mime_type: `'image/png'`,
        size_bytes: '1',
        width_px: '1',
        height_px: '1',
      })
    case 'content':
      return target('content', `status = 'review'`, { text: `'new'` })
    case 'content_media': {
      const references = { content_id: q(seed.contentId), media_id: q(seed.mediaId) }
      const key = ['workspace_id', 'content_id', 'position']
      return target('content_media', `alt_text = 'x'`, { ...references, position: '7' }, { key, references })
    }
    case 'publications': {
      const references = { content_id: q(seed.draftId), ...account }
      return target('publications', 'retry_count = 7', references, { references })
    }
    case 'publication_attempts': {
      const references = { publication_id: q(seed.publicationId) }
      return target('publication_attempts', `detail = 'x'`, { ...references, number: '7' }, { references })
    }
    case 'published_posts: of the artist':
    case 'published_posts: of others': {
      const ofArtist = subject === 'published_posts: of the artist'
      const artist = { artist_id: q(seed.modelIds['artists: oneself'] ?? '') }
      return target(
        'published_posts',
        `asset_tag = 'changed'`,
        {
          ...account,
          ...(ofArtist ? artist : {}),
          platform: `'bluesky'`,
          platform_post_id: `'new'`,
          permalink: `''`,
          text: `''`,
          published_at: 'now()',
        },
        {
          where: `workspace_id = ${w} and id = ${q(ofArtist ? seed.artistPostId : seed.publishedPostId)}`,
          references: { ...account, ...artist, publication_id: q(seed.publicationId) },
        },
      )
    }
    case 'sync_logs':
      return target(
        'sync_logs',
        'records_processed = 7',
        { ...account, sync_type: `'full'` },
        { references: account },
      )
    case 'post_snapshots: of the artist':
    case 'post_snapshots: of others': {
      const postId = subject === 'post_snapshots: of others' ? seed.publishedPostId : seed.artistPostId
      const post = { published_post_id: q(postId) }
      return target(
        'post_snapshots',
        'likes = 7',
        { ...post, captured_at: 'now()', source: `'api'` },
        {
          key: ['workspace_id', 'published_post_id', 'captured_at', 'source'],
          where: `workspace_id = ${w} and published_post_id = ${q(postId)}`,
          references: {
            ...post,
            sync_log_id: q(seed.syncLogId),
            csv_import_id: q(seed.modelIds.csv_imports ?? ''),
          },
        },
      )
    }
    case 'outbox':
      return target('outbox', `topic = 'changed'`, { topic: `'new'`, payload: `'{}'` })
    default:
      return modelTarget(subject, seed, askerId)
  }
}
