-- What we write (content), where it goes (publications), and every try to get it there (attempts).

create type content_status as enum ('draft', 'review', 'approved', 'scheduled', 'published', 'archived');
create type publication_status as enum (
  'draft', 'scheduled', 'claimed', 'submitted', 'processing', 'published', 'failed', 'unconfirmed', 'cancelled');
create type failure_code as enum (
  'auth_expired', 'permission_missing', 'rate_limited', 'rejected', 'duplicate', 'media_not_ready',
  'unavailable_before_send', 'outcome_unknown', 'unsupported', 'quota_exhausted');
create type attempt_outcome as enum ('succeeded', 'failed', 'unknown');

create table media (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  storage_key text not null,
  mime_type text not null,
  size_bytes bigint not null check (size_bytes > 0),
  width_px integer not null check (width_px > 0),
  height_px integer not null check (height_px > 0),
  created_by uuid references users on delete set null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
create index media_created_by on media (created_by);

create table content (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  text text not null,
  status content_status not null default 'draft',
  scheduled_for timestamptz,
  published_at timestamptz,
  created_by uuid references users on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
comment on column content.scheduled_for is 'The instant planned by a person; null for a draft.';
create index content_by_time on content (workspace_id, (coalesce(published_at, scheduled_for, created_at)) desc, id desc);
create index content_by_status on content (workspace_id, status, created_at desc);
create index content_created_by on content (created_by);

create table content_media (
  workspace_id uuid not null references workspaces on delete cascade,
  content_id uuid not null,
  position integer not null check (position >= 0),
  media_id uuid not null,
  alt_text text not null default '' check (length(alt_text) <= 2000),
  primary key (workspace_id, content_id, position),
  foreign key (workspace_id, content_id) references content on delete cascade,
  foreign key (workspace_id, media_id) references media on delete restrict
);
create index content_media_media on content_media (workspace_id, media_id);

create table publications (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  content_id uuid not null,
  social_account_id uuid not null,
  status publication_status not null default 'draft',
  scheduled_for timestamptz,
  due_at timestamptz,
  claim_token uuid,
  record_created_at timestamptz,
  unconfirmed_since timestamptz,
  held boolean not null default false,
  retry_count integer not null default 0,
  failure_code failure_code,
  failure_text text,
  retry_at timestamptz,
  platform_post_id text,
  platform_post_url text,
  published_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, content_id, social_account_id),
  foreign key (workspace_id, content_id) references content on delete cascade,
  foreign key (workspace_id, social_account_id) references social_accounts on delete restrict,
  check (status <> 'published' or (platform_post_id is not null and published_at is not null)),
  check (status not in ('scheduled', 'claimed', 'submitted', 'processing', 'unconfirmed') or due_at is not null),
  check ((status = 'failed') <= (failure_code is not null))
);
comment on column publications.due_at is
  'The instant from which a worker must look at it: the planned time, the next try, or the end of a claim''s lease.';
comment on column publications.claim_token is 'Fencing token: only the worker that holds it may go on.';
comment on column publications.record_created_at is
  'The creation time in the network''s record: fixed as soon as one may have arrived, so that a repeated send is the same to the letter.';
comment on column publications.held is 'Waits for its account to be connected again; no time is missed silently.';
create index publications_due on publications (due_at)
  where status in ('scheduled', 'claimed', 'submitted', 'processing', 'unconfirmed') and not held;
create index publications_held on publications (workspace_id, social_account_id) where held;
create index publications_account on publications (workspace_id, social_account_id, status);

create table publication_attempts (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  publication_id uuid not null,
  number integer not null check (number > 0),
  fingerprint text,
  started_at timestamptz not null default now(),
  submitted_at timestamptz,
  finished_at timestamptz,
  outcome attempt_outcome,
  failure_code failure_code,
  detail text,
  primary key (workspace_id, id),
  unique (workspace_id, publication_id, number),
  foreign key (workspace_id, publication_id) references publications on delete cascade
);
comment on table publication_attempts is 'Committed before the call that it speaks of; a row without outcome is under way or lost its worker.';
comment on column publication_attempts.fingerprint is 'SHA-256 of the rendered post, known before it leaves the machine.';

select app.protect_tenant_table('media', 'viewer', 'editor');
select app.protect_tenant_table('content', 'viewer', 'editor');
select app.protect_tenant_table('content_media', 'viewer', 'editor');
select app.protect_tenant_table('publications', 'viewer', 'editor');
select app.protect_tenant_table('publication_attempts', 'viewer', 'owner');

grant select, insert (workspace_id, storage_key, mime_type, size_bytes, width_px, height_px, created_by)
  on media to authenticated;
grant select, delete, insert (workspace_id, text, created_by), update (text, status, scheduled_for)
  on content to authenticated;
grant select, insert, delete on content_media to authenticated;
grant select, delete, insert (workspace_id, content_id, social_account_id),
      update (status, scheduled_for, due_at, held, retry_count, failure_code, failure_text, retry_at)
  on publications to authenticated;
grant select on publication_attempts to authenticated;
grant select on media, content_media to workspace_service;
grant select, update (status, published_at) on content to workspace_service;
grant select, update on publications to workspace_service;
grant select, insert, update on publication_attempts to workspace_service;
grant select on publications to service_role;

-- The state machine of a publication. Whatever the code does, no other step is possible.
create function app.check_publication_step() returns trigger language plpgsql as $$
begin
  if old.status <> new.status and not (new.status = any (case old.status
    when 'draft' then '{scheduled,cancelled}'
    when 'cancelled' then '{scheduled,draft}'
    when 'scheduled' then '{claimed,unconfirmed,cancelled,failed}'
    when 'claimed' then '{submitted,scheduled,failed}'
    when 'submitted' then '{published,processing,failed,unconfirmed,scheduled}'
    when 'processing' then '{published,failed,unconfirmed}'
    when 'unconfirmed' then '{submitted,published,failed,scheduled}'
    when 'failed' then '{scheduled,cancelled}'
    else '{}'
  end::publication_status[])) then
    raise exception 'a publication cannot go from % to %', old.status, new.status using errcode = 'HG002';
  end if;
  return new;
end
$$;
revoke execute on function app.check_publication_step from public;
grant execute on function app.check_publication_step to authenticated, workspace_service, service_role;
create trigger check_step before update of status on publications
  for each row execute function app.check_publication_step();

create trigger touch before update on content for each row execute function app.touch_updated_at();
create trigger touch before update on publications for each row execute function app.touch_updated_at();
create trigger notify after insert or update or delete on content
  for each row execute function app.notify_change('content', 'id');
create trigger notify after insert or update or delete on publications
  for each row execute function app.notify_change('publication', 'id');
