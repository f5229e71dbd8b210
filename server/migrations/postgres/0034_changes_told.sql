-- Every row that can be changed says when it last was, and every change that a person makes leaves a line. Of deltas
-- computed_at says it.

do $$
declare
  changed regclass;
begin
  foreach changed in array array['workspace_invitations', 'api_keys', 'csv_imports', 'publication_attempts', 'sync_logs',
      'agent_runs', 'webhook_events', 'report_executions', 'analytics.optimal_posting_times',
      'analytics.engagement_by_time', 'analytics.audience_demographics', 'analytics.audience_interests',
      'analytics.audience_growth', 'analytics.competitor_metrics', 'analytics.benchmark_comparisons',
      'ml_data.prediction_accuracy']::regclass[] loop
    execute format('alter table %s add column updated_at timestamptz not null default now()', changed);
    execute format('create trigger touch before update on %s for each row execute function app.touch_updated_at()', changed);
  end loop;
end
$$;
grant select (updated_at) on workspace_invitations, api_keys to authenticated;
grant select (updated_at) on webhook_events to authenticated;

-- As before, but for rows without an id of their own: a line on the media of a content names the content.
create or replace function app.audit_change() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  -- Words for searching repeat the text.
  noise text[] = array['search', 'updated_at'] || tg_argv;
  old_row jsonb = case when tg_op <> 'INSERT' then to_jsonb(old) - noise end;
  new_row jsonb = case when tg_op <> 'DELETE' then to_jsonb(new) - noise end;
  changed text[];
  secret text;
  row_now jsonb = coalesce(new_row, old_row);
begin
  if tg_op = 'UPDATE' then
    select coalesce(array_agg(n.key), '{}') into changed
      from jsonb_each(new_row) n where n.value is distinct from old_row -> n.key;
    if changed = '{}' then
      return null;
    end if;
  end if;
  for secret in
    select key from jsonb_object_keys(row_now) key where key ~ '(password|secret|token|_key)(_hash|_encrypted)?$'
  loop
    old_row = case when jsonb_typeof(old_row -> secret) <> 'null' then old_row || jsonb_build_object(secret, '(secret)') else old_row end;
    new_row = case when jsonb_typeof(new_row -> secret) <> 'null' then new_row || jsonb_build_object(secret, '(secret)') else new_row end;
  end loop;
  if tg_op = 'UPDATE' then
    select jsonb_object_agg(key, old_row -> key), jsonb_object_agg(key, new_row -> key) into old_row, new_row
      from unnest(changed) key;
  end if;
  insert into public.audit_log
    (workspace_id, table_name, row_id, operation, old_values, new_values, user_id, api_key_id, acted_as)
  values (
    coalesce((row_now ->> 'workspace_id')::uuid,
      case when tg_table_name = 'workspaces' then (row_now ->> 'id')::uuid end,
      '00000000-0000-0000-0000-000000000000'),
    tg_table_schema || '.' || tg_table_name, coalesce(row_now ->> 'id', row_now ->> 'user_id', row_now ->> 'content_id'),
    lower(tg_op)::public.audit_operation, old_row, new_row, auth.uid(),
    (auth.jwt() ->> 'api_key_id')::uuid, coalesce(nullif(current_setting('role', true), 'none'), session_user));
  return null;
end
$$;

-- What jobs write there again and again is told by the rows themselves. Left out are rows that are a log already, with
-- whoever began them: agent_runs, report_executions, user_activity; and what is a person's own: agent_feedback, user_profiles.
create trigger audit after insert or update or delete on publications
  for each row when (auth.uid() is not null) execute function app.audit_change('due_at');
create trigger audit after insert or update or delete on content_media
  for each row when (auth.uid() is not null) execute function app.audit_change();
create trigger audit after insert or update or delete on media
  for each row when (auth.uid() is not null) execute function app.audit_change();
create trigger audit after insert on csv_imports
  for each row when (auth.uid() is not null) execute function app.audit_change();
create trigger audit after update on published_posts
  for each row when (auth.uid() is not null) execute function app.audit_change();
create trigger audit after insert or update or delete on analytics.competitor_profiles
  for each row when (auth.uid() is not null) execute function app.audit_change();
create trigger audit after update on analytics.alert_notifications
  for each row when (auth.uid() is not null) execute function app.audit_change();
