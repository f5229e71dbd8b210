/** Whose data the queries ask for: the largest workspaces, which set the slowest answers, and some of every size. */
import type pg from 'pg'

export interface Subject {
  readonly workspaceId: string
  readonly ownerId: string
  /** The post with the most snapshots. */
  readonly postId: string
  readonly platform: string
  readonly contentIds: readonly string[]
  /** Of one month of the calendar. */
  readonly month: { readonly from: string; readonly to: string }
  /** The one that most posts carry. */
  readonly hashtag: string
  readonly word: string
}

const most = 12

interface Row extends pg.QueryResultRow {
  workspace_id: string
  owner_id: string
  post_id: string
  platform: string
  content_ids: string[]
  latest_at: Date
  hashtag: string | null
  word: string | null
}

export async function chooseSubjects(client: pg.Client): Promise<Subject[]> {
  const { rows } = await client.query<Row>(
    `with sizes as (
       select workspace_id, count(*) as posts, row_number() over (order by count(*) desc, workspace_id) as place,
         count(*) over () as workspaces
       from published_posts group by workspace_id
     ), chosen as (
       -- The four largest, and others evenly spread down to the smallest.
       select workspace_id from sizes where place <= 4 or (place - 4) % greatest(1, (workspaces - 4) / ($1 - 4)) = 0
       order by place limit $1
     )
     select c.workspace_id, owner.user_id as owner_id, post.published_post_id as post_id, post.platform,
       (select array_agg(id) from (
          select id from content n where n.workspace_id = c.workspace_id and n.status = 'published'
          order by published_at desc limit 50) latest) as content_ids,
       (select max(published_at) from published_posts p where p.workspace_id = c.workspace_id) as latest_at,
       (select tag from published_posts p, unnest(p.hashtags) tag where p.workspace_id = c.workspace_id
        group by tag order by count(*) desc, tag limit 1) as hashtag,
       (select word from published_posts p, regexp_split_to_table(lower(p.text), '\\W+') word
        where p.workspace_id = c.workspace_id and length(word) > 5
        group by word order by count(*) desc, word offset 5 limit 1) as word
     from chosen c
     cross join lateral (
       select user_id from workspace_members m where m.workspace_id = c.workspace_id and role = 'owner' limit 1) owner
     cross join lateral (
       select s.published_post_id, p.platform from post_snapshots s
       join published_posts p on p.workspace_id = s.workspace_id and p.id = s.published_post_id
       where s.workspace_id = c.workspace_id group by 1, 2 order by count(*) desc, 1 limit 1) post`,
    [most],
  )
  if (!rows.length) throw new Error('there is no workspace with posts and snapshots to ask for')
  return rows.map(toSubject)
}

function toSubject(row: Row): Subject {
  const { latest_at } = row
  const from = new Date(Date.UTC(latest_at.getUTCFullYear(), latest_at.getUTCMonth() - 1, 1))
  const to = new Date(Date.UTC(latest_at.getUTCFullYear(), latest_at.getUTCMonth(), 1))
  return {
    workspaceId: row.workspace_id,
    ownerId: row.owner_id,
    postId: row.post_id,
    platform: row.platform,
    contentIds: row.content_ids,
    month: { from: from.toISOString(), to: to.toISOString() },
    hashtag: row.hashtag ?? 'none',
    word: row.word ?? 'nothing',
  }
}
