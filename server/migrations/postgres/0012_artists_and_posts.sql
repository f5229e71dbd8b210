-- Artists, posts as they live on the networks, their counters and changes, and CSV files as a source of counters.

create type artist_status as enum ('active', 'inactive');
create type post_type as enum ('video', 'reel', 'photo', 'text', 'link', 'status');
create type post_state as enum ('live', 'removed');
create type privacy_status as enum ('public', 'private', 'unlisted');
create type period as enum ('hourly', 'daily', 'weekly', 'monthly', 'quarterly');
create type import_status as enum ('pending', 'processing', 'completed', 'failed');

create table artists (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  name text not null check (length(name) between 1 and 200),
  email text check (email = lower(email) and length(email) <= 254),
  royalty_rate numeric(9, 6) not null default 0 check (royalty_rate between 0 and 100),
  status artist_status not null default 'active',
  notes text,
  social_media_handles jsonb not null default '{}',
  primary_platform platform,
  verified_platforms platform[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, name)
);
comment on table artists is 'Those whose work is shown and who share in what it earns.';
comment on column artists.royalty_rate is 'Per cent of the earnings that are theirs.';
comment on column artists.notes is 'Internal: the artist does not see them.';
comment on column artists.social_media_handles is 'Handle by platform.';

alter table workspace_members
  add column artist_id uuid,
  add foreign key (workspace_id, artist_id) references artists on delete set null (artist_id);
comment on column workspace_members.artist_id is 'Whom a member with the role artist is or acts for: theirs is what they see.';
create index workspace_members_artist on workspace_members (workspace_id, artist_id);
grant update (artist_id) on workspace_members to authenticated;

-- The artists whom whoever asks is, in the workspaces that the door opens. Ids are compared with their workspace.
create function app.own_artists() returns uuid[]
language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(m.artist_id), '{}')
  from public.workspace_members m
  where m.user_id = auth.uid() and m.artist_id is not null
    and m.workspace_id = any (app.member_workspaces('artist'))
$$;
revoke execute on function app.own_artists from public;
grant execute on function app.own_artists to authenticated;

select app.protect_tenant_table('artists', 'viewer', 'manager');
create policy artist_select on artists for select to authenticated
  using (workspace_id = any ((select app.member_workspaces('artist'))::uuid[])
    and id = any ((select app.own_artists())::uuid[]));
-- Not the notes: they are read through artist_notes. An artist becomes inactive and is not deleted, for statements
-- stay true.
grant select (workspace_id, id, name, email, royalty_rate, status, social_media_handles, primary_platform,
      verified_platforms, created_at, updated_at),
    insert (workspace_id, name, email, royalty_rate, status, notes, social_media_handles, primary_platform,
      verified_platforms),
    update (name, email, royalty_rate, status, notes, social_media_handles, primary_platform, verified_platforms)
  on artists to authenticated;
grant select on artists to workspace_service;
create policy definer on artists for select to current_user using (true);
create function app.artist_notes(workspace_id uuid, artist_id uuid) returns text
language sql stable security definer set search_path = '' as $$
  select a.notes from public.artists a
  where a.workspace_id = artist_notes.workspace_id and a.id = artist_notes.artist_id
    and app.may_read(artist_notes.workspace_id, 'viewer')
$$;
revoke execute on function app.artist_notes from public;
grant execute on function app.artist_notes to authenticated;
create trigger touch before update on artists for each row execute function app.touch_updated_at();
create trigger audit after insert or update or delete on artists for each row execute function app.audit_change();

create table csv_imports (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  social_account_id uuid,
  file_name text not null check (length(file_name) <= 500),
  storage_path text not null,
  status import_status not null default 'pending',
  column_mapping jsonb not null default '{}',
  rows_total bigint check (rows_total >= 0),
  rows_imported bigint not null default 0 check (rows_imported >= 0),
  rows_rejected bigint not null default 0 check (rows_rejected >= 0),
  errors jsonb not null default '[]',
  imported_by uuid references users on delete set null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  completed_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, social_account_id) references social_accounts on delete cascade
);
comment on table csv_imports is 'A file of counters that somebody exported from a network and brought here.';
comment on column csv_imports.errors is 'The first rejected rows, each with its reason.';
create index csv_imports_account on csv_imports (workspace_id, social_account_id, created_at desc);
create index csv_imports_importer on csv_imports (imported_by);
select app.protect_tenant_table('csv_imports', 'viewer', 'editor');
grant select, insert (workspace_id, social_account_id, file_name, storage_path, column_mapping, imported_by)
  on csv_imports to authenticated;
grant select, update (status, rows_total, rows_imported, rows_rejected, errors, started_at, completed_at)
  on csv_imports to workspace_service;

alter table published_posts
  add column title text,
  add column post_type post_type,
  add column data_source snapshot_source not null default 'api',
  add column asset_tag text check (length(asset_tag) <= 200),
  add column artist_id uuid,
  add column duration_seconds integer check (duration_seconds >= 0),
  add column thumbnail_url text check (length(thumbnail_url) <= 4000),
  add column video_url text check (length(video_url) <= 4000),
  add column aspect_ratio text check (length(aspect_ratio) <= 20),
  add column resolution text check (length(resolution) <= 20),
  add column hashtags text[] not null default '{}',
  add column mentions text[] not null default '{}',
  add column crossposting_status jsonb,
  add column original_platform platform,
  add column monetization_status text check (length(monetization_status) <= 100),
  add column restricted_countries text[],
  add column content_category text check (length(content_category) <= 200),
  add column audio_copyright jsonb,
  add column privacy_status privacy_status,
  add column parent_post_id uuid,
  add column previous_iteration_id uuid,
  add column metadata jsonb not null default '{}',
  add column status post_state not null generated always as
    (case when removed_at is null then 'live'::post_state else 'removed'::post_state end) stored,
  add column search tsvector generated always as
    (to_tsvector('simple'::regconfig, coalesce(title, '') || ' ' || text)) stored,
  add foreign key (workspace_id, artist_id) references artists on delete set null (artist_id),
  add foreign key (workspace_id, parent_post_id) references published_posts on delete set null (parent_post_id),
  add foreign key (workspace_id, previous_iteration_id) references published_posts
    on delete set null (previous_iteration_id),
  add check (parent_post_id <> id),
  add check (previous_iteration_id <> id);
comment on table published_posts is 'What lives on a network: published here, or found there.';
comment on column published_posts.text is 'As it stands on the network; for a video its description.';
comment on column published_posts.asset_tag is 'The workspace''s own name for what is shown, across networks and uploads.';
comment on column published_posts.parent_post_id is 'The video from which a reel was cut.';
comment on column published_posts.previous_iteration_id is 'The upload that this one replaces.';
comment on column published_posts.restricted_countries is 'ISO 3166-1 alpha-2 of where it is not shown; null: not known.';
comment on column published_posts.original_platform is 'Where it appeared first, if it was cross-posted.';
create trigger read_tags before insert or update of text on published_posts for each row execute function app.read_tags();
create index published_posts_by_time on published_posts (workspace_id, published_at desc);
create index published_posts_by_platform on published_posts (workspace_id, platform, published_at desc);
create index published_posts_by_status on published_posts (workspace_id, status, published_at desc);
create index published_posts_by_artist on published_posts (workspace_id, artist_id, published_at desc);
create index published_posts_asset on published_posts (workspace_id, asset_tag) where asset_tag is not null;
create index published_posts_monetization on published_posts (workspace_id, monetization_status)
  where monetization_status is not null;
create index published_posts_privacy on published_posts (workspace_id, privacy_status) where privacy_status is not null;
create index published_posts_original on published_posts (workspace_id, original_platform)
  where original_platform is not null;
create index published_posts_parent on published_posts (workspace_id, parent_post_id);
create index published_posts_previous on published_posts (workspace_id, previous_iteration_id);
create index published_posts_hashtags on published_posts using gin (workspace_id, hashtags);
create index published_posts_mentions on published_posts using gin (workspace_id, mentions);
create index published_posts_search on published_posts using gin (workspace_id, search);
create policy artist_select on published_posts for select to authenticated
  using (workspace_id = any ((select app.member_workspaces('artist'))::uuid[])
    and artist_id = any ((select app.own_artists())::uuid[]));
create policy definer on published_posts for select to current_user using (true);
-- Members describe what a network does not tell; everything else is what the network says.
grant update (asset_tag, artist_id, parent_post_id, previous_iteration_id) on published_posts to authenticated;
drop policy member_update on published_posts;
create policy member_update on published_posts for update to authenticated
  using (workspace_id = any ((select app.member_workspaces('editor'))::uuid[]))
  with check (workspace_id = any ((select app.member_workspaces('editor'))::uuid[]));

create function app.search_posts(workspace_id uuid, words text, most integer default 50)
returns table (id uuid, rank real) language sql stable security definer set search_path = '' as $$
  select p.id, ts_rank(p.search, q.query) as rank
  from (select websearch_to_tsquery('simple', words) as query) q
  join public.published_posts p on p.workspace_id = search_posts.workspace_id and p.search @@ q.query
  where (select app.may_read(search_posts.workspace_id, 'viewer'))
  order by rank desc, p.id desc limit most
$$;
create function app.posts_with_hashtag(workspace_id uuid, hashtags text[], most integer default 50)
returns table (id uuid) language sql stable security definer set search_path = '' as $$
  select p.id from public.published_posts p
  where p.workspace_id = posts_with_hashtag.workspace_id and p.hashtags @> posts_with_hashtag.hashtags
    and (select app.may_read(posts_with_hashtag.workspace_id, 'viewer'))
  order by p.published_at desc limit most
$$;
revoke execute on function app.search_posts, app.posts_with_hashtag from public;
grant execute on function app.search_posts, app.posts_with_hashtag to authenticated, workspace_service;

alter table post_snapshots
  add column csv_import_id uuid,
  add column earnings numeric(20, 6),
  add column currency char(3) check (currency ~ '^[A-Z]{3}$'),
  add column estimated_cpm numeric(20, 6),
  add column qualified_views bigint,
  add column seconds_viewed bigint,
  add column three_second_views bigint,
  add column one_minute_views bigint,
  add column profile_visits bigint,
  add column subscribers_gained bigint,
  add column avg_watch_percentage numeric(9, 4),
  add column views_by_country jsonb,
  add column demographics jsonb,
  add column traffic_sources jsonb,
  add column device_types jsonb,
  add column metrics_by_time jsonb,
  add check (currency is not null or (earnings is null and estimated_cpm is null)),
  add foreign key (workspace_id, csv_import_id) references csv_imports on delete set null (csv_import_id);
comment on column post_snapshots.likes is 'All reactions, where a network knows more than one kind.';
comment on column post_snapshots.earnings is 'Over the whole life of the post.';
comment on column post_snapshots.qualified_views is 'Views that the network pays for.';
comment on column post_snapshots.seconds_viewed is 'Watched by all viewers together.';
comment on column post_snapshots.raw is 'What the network answered, to the letter.';
create index post_snapshots_import on post_snapshots (workspace_id, csv_import_id);
create index post_snapshots_time on post_snapshots using brin (captured_at);
create policy artist_select on post_snapshots for select to authenticated
  using (workspace_id = any ((select app.member_workspaces('artist'))::uuid[]) and exists (
    select from published_posts p where p.workspace_id = post_snapshots.workspace_id
      and p.id = post_snapshots.published_post_id and p.artist_id = any ((select app.own_artists())::uuid[])));
create policy definer on post_snapshots for select to current_user using (true);

create table post_deltas (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  published_post_id uuid not null,
  period period not null,
  from_at timestamptz not null,
  to_at timestamptz not null,
  artist_id uuid,
  earnings_delta numeric(20, 6),
  currency char(3) check (currency ~ '^[A-Z]{3}$'),
  qualified_views_delta bigint,
  seconds_viewed_delta bigint,
  views_delta bigint,
  likes_delta bigint,
  comments_delta bigint,
  shares_delta bigint,
  quotes_delta bigint,
  clicks_delta bigint,
  saves_delta bigint,
  impressions_delta bigint,
  reach_delta bigint,
  growth_rate numeric(20, 6),
  computed_at timestamptz not null default now(),
  primary key (workspace_id, id),
  constraint post_deltas_period_key unique (workspace_id, published_post_id, from_at, to_at, period),
  foreign key (workspace_id, published_post_id) references published_posts on delete cascade,
  foreign key (workspace_id, artist_id) references artists on delete set null (artist_id),
  check (to_at > from_at),
  check (currency is not null or earnings_delta is null)
);
comment on table post_deltas is
  'What changed between two instants; computed from snapshots, to the same result whenever it is computed again. Negative where a network counted again.';
comment on column post_deltas.from_at is 'Start of the period in the workspace''s time zone, as an instant.';
comment on column post_deltas.growth_rate is 'Per cent by which the views grew over the period; null where there were none before.';
create index post_deltas_by_artist on post_deltas (workspace_id, artist_id, period, to_at desc);
create index post_deltas_by_time on post_deltas (workspace_id, period, to_at desc);
create index post_deltas_end on post_deltas using brin (to_at);
select app.protect_tenant_table('post_deltas', 'viewer', 'owner');
create policy artist_select on post_deltas for select to authenticated
  using (workspace_id = any ((select app.member_workspaces('artist'))::uuid[])
    and artist_id = any ((select app.own_artists())::uuid[]));
grant select on post_deltas to authenticated;
grant select, insert, update, delete on post_deltas to workspace_service;
