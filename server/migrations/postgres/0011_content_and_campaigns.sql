-- Content beyond its text, the campaigns that it belongs to, and how it is found again.

-- The extensions may lie in a schema of the platform's choosing; operator classes are found through this.
set local search_path to public, extensions;

create type campaign_status as enum ('draft', 'active', 'paused', 'completed', 'cancelled');
create type content_type as enum (
  'text', 'image', 'video', 'carousel', 'story', 'reel', 'mixed', 'blog_post', 'social_post', 'email', 'ad_copy');
create type media_type as enum ('image', 'video', 'gif', 'document', 'audio');

create table campaigns (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  name text not null check (length(name) between 1 and 255),
  description text,
  objectives text[] not null default '{}',
  target_audience jsonb not null default '{}',
  budget_allocated numeric(20, 6) check (budget_allocated >= 0),
  budget_spent numeric(20, 6) check (budget_spent >= 0),
  currency char(3) check (currency ~ '^[A-Z]{3}$'),
  start_date date,
  end_date date,
  status campaign_status not null default 'draft',
  created_by uuid references users on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  check (end_date >= start_date),
  check (currency is not null or coalesce(budget_allocated, budget_spent) is null)
);
comment on table campaigns is 'Content with a common purpose, time and budget.';
comment on column campaigns.start_date is 'A day in the workspace''s time zone, as end_date.';
create index campaigns_by_status on campaigns (workspace_id, status, start_date);
create index campaigns_created_by on campaigns (created_by, workspace_id);
select app.protect_tenant_table('campaigns', 'viewer', 'editor');
grant select, delete,
    insert (workspace_id, name, description, objectives, target_audience, budget_allocated, budget_spent, currency,
      start_date, end_date, status, created_by),
    update (name, description, objectives, target_audience, budget_allocated, budget_spent, currency, start_date,
      end_date, status)
  on campaigns to authenticated;
grant select on campaigns to workspace_service;
create trigger touch before update on campaigns for each row execute function app.touch_updated_at();
create trigger audit after insert or update or delete on campaigns for each row execute function app.audit_change();

alter table content
  add column title text check (length(title) <= 500),
  add column slug text check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 255),
  add column content_type content_type not null default 'social_post',
  add column campaign_id uuid,
  add column hashtags text[] not null default '{}',
  add column mentions text[] not null default '{}',
  add column metadata jsonb not null default '{}',
  add column brand_guidelines_applied jsonb not null default '{}',
  add column ai_model_used text check (length(ai_model_used) <= 100),
  add column generation_prompt text,
  add column quality_score numeric(9, 4) check (quality_score between 0 and 1),
  add column search tsvector generated always as
    (to_tsvector('simple'::regconfig, coalesce(title, '') || ' ' || text)) stored,
  add foreign key (workspace_id, campaign_id) references campaigns on delete set null (campaign_id);
comment on table content is 'What we write. Where it goes is in publications.';
comment on column content.slug is 'Name in an address, unique within the workspace.';
comment on column content.hashtags is 'In lower case, without the sign; read from the text unless given.';
comment on column content.mentions is 'In lower case, without the sign; read from the text unless given.';
comment on column content.quality_score is 'From 0 to 1, as the generating model or a reviewer judged it.';
comment on column content.brand_guidelines_applied is 'The guidelines as they were when the text was generated.';
comment on column content.search is 'Words as written, of any language: no stemming.';
create unique index content_slug on content (workspace_id, slug) where slug is not null;
create index content_campaign on content (workspace_id, campaign_id);
create index content_by_type on content (workspace_id, content_type, created_at desc);
create index content_by_author on content (workspace_id, created_by, content_type, created_at desc);
create index content_by_author_status on content (workspace_id, created_by, status);
create index content_scheduled on content (workspace_id, scheduled_for) where status = 'scheduled';
create index content_published on content (workspace_id, published_at desc, id desc) where status = 'published';
create index content_hashtags on content using gin (workspace_id, hashtags);
create index content_mentions on content using gin (workspace_id, mentions);
create index content_metadata on content using gin (workspace_id, metadata jsonb_path_ops);
create index content_search on content using gin (workspace_id, search);
create index content_substrings on content using gin (workspace_id, text gin_trgm_ops);
alter table content alter column scheduled_for set statistics 1000;
grant insert (title, slug, content_type, campaign_id, hashtags, mentions, metadata, brand_guidelines_applied,
      ai_model_used, generation_prompt, quality_score),
    update (title, slug, content_type, campaign_id, hashtags, mentions, metadata, brand_guidelines_applied,
      ai_model_used, generation_prompt, quality_score)
  on content to authenticated;

-- Keeps hashtags and mentions as the text has them, unless the writer gave others.
create function app.read_tags() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.text = old.text then
    return new;
  end if;
  if new.hashtags = (case when tg_op = 'INSERT' then '{}' else old.hashtags end) then
    new.hashtags = array(
      select distinct lower(tag[1]) from regexp_matches(new.text, '(?:^|[^\w&/])#(\w+)', 'g') tag order by 1);
  end if;
  if new.mentions = (case when tg_op = 'INSERT' then '{}' else old.mentions end) then
    new.mentions = array(
      select distinct lower(tag[1])
      from regexp_matches(new.text, '(?:^|[^\w/.])@(\w(?:[\w.-]*\w)?(?:@\w[\w.-]*\w)?)', 'g') tag order by 1);
  end if;
  return new;
end
$$;
revoke execute on function app.read_tags from public;
grant execute on function app.read_tags to authenticated, workspace_service, service_role;
create trigger read_tags before insert or update of text on content for each row execute function app.read_tags();

alter table media
  add column media_type media_type not null generated always as (case
    when mime_type = 'image/gif' then 'gif'::media_type
    when mime_type like 'image/%' then 'image'::media_type
    when mime_type like 'video/%' then 'video'::media_type
    when mime_type like 'audio/%' then 'audio'::media_type
    else 'document'::media_type end) stored,
  add column title text check (length(title) <= 255),
  add column description text,
  add column duration_seconds integer check (duration_seconds >= 0),
  add column thumbnail_path text check (length(thumbnail_path) <= 2083),
  add column metadata jsonb not null default '{}',
  add column provider text not null default 'local' check (length(provider) <= 255),
  add column updated_at timestamptz not null default now();
comment on table media is 'Files that content shows. Their addresses are made when asked for and end soon after: none is stored.';
comment on column media.provider is 'Where the file lies: the local folder, or the kind of bucket.';
comment on column media.storage_key is 'Name of the file within its provider.';
create index media_by_type on media (workspace_id, media_type, created_at desc);
create index media_by_mime_type on media (workspace_id, mime_type);
grant insert (title, description, duration_seconds, thumbnail_path, metadata, provider) on media to authenticated;
create trigger touch before update on media for each row execute function app.touch_updated_at();
comment on table content_media is 'Which files a content shows, in which order, described in words for whoever does not see them.';

alter table publications
  add column failed_at timestamptz,
  add column last_retry_at timestamptz,
  add column metadata jsonb not null default '{}';
comment on table publications is 'One content to one account, as a state machine: see check_publication_step.';
comment on column publications.failed_at is 'When it last became failed.';
comment on column publications.metadata is 'What the network asks for beyond the text: visibility, language, reply settings.';
create index publications_by_status on publications (workspace_id, status, scheduled_for);
create index publications_by_content_status on publications (workspace_id, content_id, status);
create index publications_published on publications (workspace_id, published_at desc) where status = 'published';
alter table publications alter column published_at set statistics 1000;
alter table publications set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

create function app.stamp_failure() returns trigger language plpgsql as $$
begin
  if new.status = 'failed' and old.status <> 'failed' then
    new.failed_at = now();
  end if;
  if new.retry_count > old.retry_count then
    new.last_retry_at = now();
  end if;
  return new;
end
$$;
revoke execute on function app.stamp_failure from public;
grant execute on function app.stamp_failure to authenticated, workspace_service, service_role;
create trigger stamp_failure before update on publications for each row execute function app.stamp_failure();

-- Row-level security keeps operators that could leak from an index, so that a search through the policies would
-- read every row of the workspace. These ask for the membership themselves and use the index.
create policy definer on content for select to current_user using (true);
create function app.may_read(workspace_id uuid, least_role workspace_role) returns boolean
language sql stable set search_path = '' as $$
  select case when auth.uid() is null then coalesce(may_read.workspace_id = app.current_workspace(), false)
    else may_read.workspace_id = any (app.member_workspaces(least_role)) end
$$;
create function app.search_content(workspace_id uuid, words text, most integer default 50)
returns table (id uuid, rank real) language sql stable security definer set search_path = '' as $$
  select c.id, ts_rank(c.search, q.query) as rank
  from (select websearch_to_tsquery('simple', words) as query) q
  join public.content c on c.workspace_id = search_content.workspace_id and c.search @@ q.query
  where (select app.may_read(search_content.workspace_id, 'viewer'))
  order by rank desc, c.id desc limit most
$$;
create function app.content_with_hashtag(workspace_id uuid, hashtags text[], most integer default 50)
returns table (id uuid) language sql stable security definer set search_path = '' as $$
  select c.id from public.content c
  where c.workspace_id = content_with_hashtag.workspace_id and c.hashtags @> content_with_hashtag.hashtags
    and (select app.may_read(content_with_hashtag.workspace_id, 'viewer'))
  order by c.id desc limit most
$$;
comment on function app.content_with_hashtag is 'Content that has all of these hashtags, latest first.';
revoke execute on function app.may_read, app.search_content, app.content_with_hashtag from public;
grant execute on function app.may_read, app.search_content, app.content_with_hashtag to authenticated, workspace_service;
