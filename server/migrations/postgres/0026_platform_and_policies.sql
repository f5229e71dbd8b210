-- On a platform such as Supabase, whoever migrates has default privileges that open every new table of the schema
-- public to anon, authenticated and service_role as a whole: to read secrets, to write past the column grants, and
-- to truncate, which no policy holds back. They are taken back, for later tables too, and what earlier migrations
-- granted on purpose is granted again. A database without such default privileges stays as it is.
do $$
declare
  opened regrole[] = array(
    select distinct g.grantee::regrole from pg_default_acl d cross join lateral aclexplode(d.defaclacl) g
    where d.defaclrole = current_user::regrole and d.defaclnamespace = 'public'::regnamespace
      and g.grantee not in (0, d.defaclrole));
  role regrole;
  relation record;
  meant record;
begin
  foreach role in array opened loop
    execute format('alter default privileges in schema public revoke all on tables from %s', role);
    execute format('alter default privileges in schema public revoke all on sequences from %s', role);
    execute format('alter default privileges in schema public revoke all on functions from %s', role);
    -- Partitions of the first migrations were made in public and moved.
    for relation in
      select c.oid, c.oid::regclass as name, c.relkind from pg_class c
      where c.relnamespace in ('public'::regnamespace, 'partitions'::regnamespace)
        and c.relkind in ('r', 'p', 'v', 'S') and c.relowner = current_user::regrole
    loop
      if relation.relkind = 'S' then
        execute format('revoke all on sequence %s from %s', relation.name, role);
      else
        -- Taking a privilege on the table takes it on its columns as well: these were meant, and are kept.
        create temporary table kept on commit drop as
          select format('grant %s (%I) on %s to %s', g.privilege_type, a.attname, relation.name, role) as statement
          from pg_attribute a cross join lateral aclexplode(a.attacl) g
          where a.attrelid = relation.oid and g.grantee = role;
        execute format('revoke all on %s from %s', relation.name, role);
        for meant in select statement from kept loop
          execute meant.statement;
        end loop;
        drop table kept;
      end if;
    end loop;
  end loop;

  for meant in
    select * from (values
      ('authenticated', 'select', 'agent_runs, audit_log, content_performance, csv_imports, media, post_deltas,
        post_snapshots, publication_attempts, published_posts, report_executions, royalty_lines, royalty_statements,
        sync_logs, webhook_events, workspaces'),
      ('authenticated', 'select, delete', 'agent_feedback, agents, campaigns, content, custom_reports, publications,
        report_schedules, social_account_settings, user_profiles, workspace_members'),
      ('authenticated', 'select, insert, delete', 'content_media'),
      ('service_role', 'select', 'publications, workspace_members, workspaces'),
      ('service_role', 'select, delete', 'outbox')) as granted (role, privileges, tables)
    where granted.role = any (opened::text[])
  loop
    execute format('grant %s on %s to %I', meant.privileges, meant.tables, meant.role);
  end loop;
end
$$;

-- The schema auth belongs to such a platform, whose owner lets the migrating role use it but not pass that on. The
-- roles that it does not know ask through a function that has the migrating role's rights.
create function app.acting_user() returns uuid language sql stable security definer set search_path = '' as
  $$ select auth.uid() $$;
comment on function app.acting_user is 'The person who asks; null for a job.';
revoke execute on function app.acting_user from public;
grant execute on function app.acting_user to authenticated, workspace_service;

create or replace function app.may_read(workspace_id uuid, least_role workspace_role) returns boolean
language sql stable set search_path = '' as $$
  select case when app.acting_user() is null then coalesce(may_read.workspace_id = app.current_workspace(), false)
    else may_read.workspace_id = any (app.member_workspaces(least_role)) end
$$;
create or replace function app.visible_workspaces(least_role workspace_role) returns uuid[]
language sql stable set search_path = '' as $$
  select case when app.acting_user() is null then array_remove(array[app.current_workspace()], null)
    else app.member_workspaces(least_role) end
$$;

-- The migrating role of such a platform also stands above row-level security: what only a policy of the owner held
-- back, the function says itself. A program with a key has the workspace of its key and makes no other; what a key is
-- comes with 0027.
create or replace function app.create_workspace(name text, slug text, time_zone text) returns uuid
language plpgsql security definer set search_path = '' as $$
declare
  created uuid;
begin
  if auth.uid() is null then
    raise exception 'nobody is signed in' using errcode = '42501';
  end if;
  if app.is_key() then
    raise exception 'an API key makes no workspace' using errcode = '42501';
  end if;
  insert into public.workspaces (name, slug, time_zone)
    values (create_workspace.name, create_workspace.slug, create_workspace.time_zone) returning id into created;
  insert into public.workspace_members (workspace_id, user_id, role) values (created, auth.uid(), 'owner');
  return created;
end
$$;

-- A function that finds what it names by the caller's search path could be led astray by it.
alter function app.notify_change() set search_path = '';
alter function app.current_workspace() set search_path = '';
alter function app.touch_updated_at() set search_path = '';
alter function app.count_token_version() set search_path = '';
alter function app.read_tags() set search_path = '';
alter function app.stamp_failure() set search_path = '';
-- Made for every row: a body that is bound to its names when it is made needs no setting, which would double its time.
create or replace function app.uuid_v7() returns uuid language sql volatile parallel safe
return encode(
  set_bit(set_bit(
    overlay(uuid_send(gen_random_uuid())
      placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
    52, 1), 53, 1),
  'hex')::uuid;
-- The others name types of the schema public, or look up what they are given there.
do $$
declare
  led regprocedure;
begin
  for led in
    select p.oid from pg_proc p where p.pronamespace = 'app'::regnamespace and p.prosqlbody is null
      and not exists (select from unnest(p.proconfig) setting where setting like 'search_path=%')
  loop
    execute format('alter function %s set search_path = public, pg_temp', led);
  end loop;
end
$$;

-- Asked once per statement and not once per row.
alter policy fellows on users
  using (id = (select auth.uid()) or id = any ((select app.fellow_users())::uuid[]));
alter policy member_select on workspace_members
  using ((user_id = (select auth.uid()) and workspace_id = any ((select app.member_workspaces('artist'))::uuid[]))
    or workspace_id = any ((select app.member_workspaces('viewer'))::uuid[]));
alter policy member_delete on workspace_members
  using ((user_id = (select auth.uid()) and workspace_id = any ((select app.member_workspaces('artist'))::uuid[]))
    or workspace_id = any ((select app.member_workspaces('owner'))::uuid[])
    or (role < 'owner' and workspace_id = any ((select app.member_workspaces('admin'))::uuid[])));

-- One policy per role and command: what a member reads, or else what the artist reads as theirs.
do $$
declare
  pair record;
begin
  for pair in
    select format('%I.%I', n.nspname, c.relname) as name, pg_get_expr(member.polqual, c.oid) as member_reads,
      pg_get_expr(artist.polqual, c.oid) as artist_reads
    from pg_policy artist
    join pg_policy member on member.polrelid = artist.polrelid and member.polname = 'member_select'
    join pg_class c on c.oid = artist.polrelid join pg_namespace n on n.oid = c.relnamespace
    where artist.polname = 'artist_select'
  loop
    execute format('drop policy artist_select on %s', pair.name);
    execute format('alter policy member_select on %s using (%s or %s)', pair.name, pair.member_reads, pair.artist_reads);
  end loop;
end
$$;

-- What the names do not say: the shape of JSON, and of what a rate or a score is a part.
comment on table app.schema_migrations is 'Migrations that this database has had, with the checksum of each file.';
comment on table app.installation is 'The one installation to which this database belongs.';
comment on column app.cache_counts.counts is 'Counter by name.';
comment on column analytics.agent_performance.error_types is 'Number of failed runs by type of error.';
comment on column analytics.agent_performance.common_failure_reasons is 'The five most frequent, as [{reason, times}].';
comment on column analytics.agent_performance.avg_user_rating is 'From 1 to 5; null without feedback.';
comment on column analytics.alert_rules.notification_recipients is 'Whom to tell, as [{channel, address}].';
comment on column analytics.audience_demographics.age_ranges is 'Per cent of the followers by range, like {"25-34": 40.5}.';
comment on column analytics.audience_demographics.gender_distribution is 'Per cent of the followers by gender, in the network''s words.';
comment on column analytics.audience_demographics.top_countries is 'Per cent of the followers by ISO 3166-1 alpha-2.';
comment on column analytics.audience_demographics.top_cities is 'Per cent of the followers by city, as the network names it.';
comment on column analytics.audience_demographics.languages is 'Per cent of the followers by BCP 47 language.';
comment on column analytics.audience_growth.growth_rate is 'Change of the day, in per cent of the followers before it.';
comment on column analytics.audience_interests.audience_percentage is 'Per cent of the followers who care for it.';
comment on column analytics.audience_interests.engagement_rate is 'Of posts on it: engagements per impression, in per cent.';
comment on column analytics.benchmark_comparisons.user_engagement_rate is 'Of the account itself: engagements per impression, in per cent.';
comment on column analytics.benchmark_comparisons.user_growth_rate is 'Of the account itself: change of followers in per cent.';
comment on column analytics.benchmark_comparisons.industry_engagement_rate is 'Median of the industry, in per cent.';
comment on column analytics.benchmark_comparisons.industry_growth_rate is 'Median of the industry, in per cent.';
comment on column analytics.benchmark_comparisons.competitor_engagement_rate is 'Median of the competitors, in per cent.';
comment on column analytics.benchmark_comparisons.competitor_growth_rate is 'Median of the competitors, in per cent.';
comment on column analytics.daily_metrics.credits_by_model is 'Credits by name of the model.';
comment on column analytics.daily_metrics.errors_by_type is 'Number of failed runs by type of error.';
comment on column analytics.daily_metrics.top_agents is 'The five with most runs, as [{agentId, runs}].';
comment on column analytics.optimal_posting_times.optimization_score is 'From 0 to 100: how much better than the account''s other hours.';
comment on column analytics.user_activity.metadata is 'What else the event tells, by its type.';
comment on column ml_data.ml_models.config is 'What it was trained with: features and parameters of the training.';
comment on column ml_data.ml_models.performance_metrics is 'Quality on data later than its training, by name of the measure.';
comment on column ml_data.ml_models.training_data_info is 'Span, number of posts and where they came from.';
comment on column ml_data.prediction_accuracy.predicted_score is 'As it was predicted, from 0 to 100.';
comment on column ml_data.prediction_accuracy.actual_score is 'Percentile that the post reached among those of its account.';
comment on column ml_data.prediction_accuracy.actual_metrics is 'The numbers behind the actual score.';
comment on column ml_data.viral_score_predictions.confidence_score is 'From 0 to 1.';
comment on column agent_runs.input is 'What the agent was asked.';
comment on column agent_runs.output is 'What it gave; null while it runs and after a failure.';
comment on column agents.config is 'Model, instructions and limits of the agent.';
comment on column audit_log.new_values is 'Of an update: the columns that changed; null of a deletion.';
comment on column campaigns.target_audience is 'Who is to be reached, in the workspace''s own words by feature.';
comment on column content.metadata is 'What the writer''s tools keep with the text.';
comment on column csv_imports.column_mapping is 'Our name by the file''s column.';
comment on column media.metadata is 'What the file tells of itself.';
comment on column outbox.payload is 'The fact as its topic''s carrier reads it.';
comment on column post_snapshots.avg_watch_percentage is 'Of the video''s length, in per cent.';
comment on column post_snapshots.demographics is 'Of those who watched, in the network''s shape; null where it does not tell.';
comment on column post_snapshots.device_types is 'Views by kind of device.';
comment on column post_snapshots.metrics_by_time is 'Course within the post or the video, in the network''s shape.';
comment on column post_snapshots.traffic_sources is 'Views by where they came from, in the network''s words.';
comment on column post_snapshots.views_by_country is 'Views by ISO 3166-1 alpha-2.';
comment on column published_posts.audio_copyright is 'What the network says of the sound''s rights.';
comment on column published_posts.crossposting_status is 'State by the account to which the network passes it on.';
comment on column published_posts.metadata is 'What the network tells beyond these columns.';
comment on column social_accounts.metadata is 'What the network tells of the account beyond these columns.';
comment on column sync_logs.error_details is 'The network''s own answer, where there was one.';
comment on column user_profiles.behavioral_data is 'What was observed and feeds recommendations.';
comment on column user_profiles.content_preferences is 'What the person chose, by subject.';
comment on column webhook_events.event_data is 'The event as it arrived.';
comment on column workspaces.settings is 'Choices of the workspace, by name.';

comment on view analytics.engagement_summary_by_day is 'As by hour, by day of the week; 0 is Sunday.';
comment on view analytics.audience_demographics_latest is 'The last count of each account.';
comment on view analytics.competitor_benchmark_summary is 'Each competitor with the latest numbers and the growth of 30 days.';
comment on function analytics.calculate_percentiles is 'Percentiles of a list, interpolated; null for an empty list.';
comment on function analytics.aggregate_daily_metrics is 'Sums one day of each workspace, or of one, into daily_metrics.';
comment on function analytics.aggregate_agent_performance is 'Sums one day of each agent that ran into agent_performance.';
comment on function analytics.aggregate_hourly_metrics is 'Sums one hour of each workspace, or of one, into hourly_metrics.';
comment on function analytics.cleanup_old_data is 'Deletes what is short-lived and not partitioned; returns rows by table.';

-- These belong to the role that computes them; the membership ends with this migration, as in 0016.
grant analytics_reader to current_user;
comment on view analytics.active_users is 'mv_active_users of the workspaces of whoever asks.';
comment on view analytics.top_agents is 'mv_top_agents of the workspaces of whoever asks.';
comment on view analytics.workspace_summary is 'mv_workspace_summary of the workspaces of whoever asks.';
comment on view analytics.daily_performance is 'analytics_aggregated_daily of the workspaces of whoever asks.';
comment on view analytics.weekly_performance is 'analytics_aggregated_weekly of the workspaces of whoever asks.';
comment on view analytics.platform_performance is 'platform_performance_summary of the workspaces of whoever asks.';
comment on materialized view analytics.mv_active_users is 'Distinct people of the trailing 1, 7 and 30 days, for each of the last 90.';
comment on materialized view analytics.mv_top_agents is 'Each agent over the last 30 days, those without a run too.';
comment on materialized view analytics.mv_workspace_summary is 'Members, agents and runs of each workspace over the last 30 days.';
comment on materialized view analytics.analytics_aggregated_daily is 'What the posts of an account gained in each of the last 90 days.';
comment on materialized view analytics.analytics_aggregated_weekly is 'What the posts of an account gained in each week of the last year.';
comment on materialized view analytics.platform_performance_summary is 'Posts of the last 90 days by network, with percentiles of their engagement.';
comment on function analytics.refresh_all_materialized_views is 'Computes all materialized views anew while they stay readable, and logs each.';
comment on function analytics.refresh_analytics_materialized_views is 'The same for those that show posts.';
comment on function app.refresh_views is 'Computes these materialized views anew while they stay readable.';
revoke analytics_reader from current_user;

-- What a function does, where it is called by its name.
comment on function app.current_workspace is 'The workspace to which a job is bound; null outside of one.';
comment on function app.uuid_v7 is 'UUID version 7, RFC 9562: new rows lie together in an index.';
comment on function app.fellow_users is 'The people of the workspaces in which whoever asks is at least a viewer.';
comment on function app.protect_tenant_table is 'Gives a tenant table forced row-level security in the one shape that all have.';
comment on function app.create_workspace is 'Makes a workspace with whoever asks as its owner.';
comment on function app.accept_invitation is 'Joins whoever asks by an open link for their address: joined, invalid or another_address.';
comment on function app.enqueue_job is 'Adds a job in the caller''s transaction; one of the same key that has not started is replaced.';
comment on function app.ensure_partitions is 'Makes the monthly partitions of all partitioned tables ahead.';
comment on function app.ensure_snapshot_partitions is 'The same under its old name.';
comment on function app.is_json is 'Whether a text can be read as JSON.';
comment on function app.account_setting is 'The value of an account''s setting as JSON of its type; null where it is not set.';
comment on function app.set_account_setting is 'Sets it; the type follows from the value.';
comment on function app.complete_sync is 'Ends a run of reading an account; false if it had ended.';
comment on function app.fail_sync is 'Ends it with a fault; false if it had ended.';
comment on function app.advance_sync is 'Adds to its counts and keeps where the list goes on.';
comment on function app.may_read is 'Whether whoever asks, a person or a job, may read of a workspace.';
comment on function app.visible_workspaces is 'The workspaces of which whoever asks, a person or a job, may read.';
comment on function app.own_artists is 'The artists whom whoever asks is.';
comment on function app.artist_notes is 'Internal notes on an artist, for members from viewer up.';
comment on function app.search_content is 'Content that has these words, best first.';
comment on function app.search_posts is 'Posts that have these words, best first.';
comment on function app.posts_with_hashtag is 'Posts that have all of these hashtags, latest first.';
comment on function app.log_refresh is 'Notes how long a materialized view took; returns milliseconds.';
comment on function app.expired_partitions is 'Partitions all of whose rows are older than their table keeps them, oldest first.';
comment on function app.detach_expired_partition is 'Takes one of them out of its table; its rows stay, out of sight.';
comment on function app.detached_rows is 'Hands out its rows for the archive, in order.';
comment on function app.record_partition_archive is 'Notes where the archive lies.';
comment on function app.verify_partition_archive is 'Whether what was read back is what was written.';
comment on function app.drop_archived_partition is 'Drops a partition whose archive is verified, and no other.';
comment on function app.mark_webhook_processed is 'Ends a webhook event; false if it had ended.';
comment on function app.mark_webhook_failed is 'Notes a fault and when it is tried again: after 1, 2, 4, 8 and 16 minutes, then no more.';
comment on function app.should_retry_webhook is 'Whether a failed event is tried again.';
comment on function app.pending_webhook_events is 'Events that nobody has looked at, oldest first.';
comment on function app.retryable_webhook_events is 'Failed events whose next try is due.';
comment on function app.rebuild_post_deltas is 'Derives the changes of a span from the snapshots again; the same snapshots give the same rows.';
comment on function app.add_cache_counts is 'Adds to the counters of a key and returns them.';
comment on function app.find_cache_counts is 'The counters of a key that has not expired.';
comment on function app.sweep_cache_counts is 'Deletes expired counters, up to so many.';
