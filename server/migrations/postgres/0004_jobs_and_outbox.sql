-- The way into the job queue, and the outbox that carries facts to ClickHouse.

-- Adds a job in the caller's own transaction. A job of the same key that has not started is replaced.
-- Definer: the queue's tables belong to heliograph_jobs, whose rights the owner of this function inherits.
create function app.enqueue_job(
  task text, payload jsonb, run_at timestamptz default null, job_key text default null, queue_name text default null
) returns void language plpgsql security definer set search_path = '' as $$
begin
  -- A person cannot enqueue work for a workspace in which they have nothing to write.
  if auth.uid() is not null and not coalesce(
       (payload ->> 'workspaceId')::uuid = any (app.member_workspaces('editor')), false) then
    raise exception 'a job of workspace % cannot be enqueued from outside of it', payload ->> 'workspaceId'
      using errcode = '42501';
  end if;
  -- Bodies of one workspace cannot enqueue work for another.
  if app.current_workspace() is not null and payload ->> 'workspaceId' is not null
     and (payload ->> 'workspaceId')::uuid <> app.current_workspace() then
    raise exception 'a job of workspace % cannot be enqueued from workspace %',
      payload ->> 'workspaceId', app.current_workspace() using errcode = '42501';
  end if;
  perform graphile_worker.add_job(
    identifier => enqueue_job.task, payload => enqueue_job.payload::json, run_at => enqueue_job.run_at,
    job_key => enqueue_job.job_key, queue_name => enqueue_job.queue_name);
end
$$;
revoke execute on function app.enqueue_job from public;
grant execute on function app.enqueue_job to authenticated, workspace_service, service_role;

create table outbox (
  workspace_id uuid not null references workspaces on delete cascade,
  id bigint generated always as identity,
  topic text not null,
  payload jsonb not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
comment on table outbox is
  'Facts written in the transaction that made them true, carried to ClickHouse in order of id and then deleted.';
create index outbox_order on outbox (id);

select app.protect_tenant_table('outbox', 'owner', 'owner');
grant insert (workspace_id, topic, payload) on outbox to workspace_service;
grant select, delete on outbox to service_role;
