-- Sums are written by a role that reads everything, as analytics_reader does, and writes the sums and nothing else. The
-- functions ran with the rights of the owner of all tables, who can change what they only have to read.

do $$
begin
  if not exists (select from pg_roles where rolname = 'analytics_writer') then
    create role analytics_writer nologin inherit;
  end if;
end
$$;
grant analytics_reader to analytics_writer;
grant usage on schema public, analytics, app to analytics_writer;
grant execute on function app.uuid_v7 to analytics_writer;
-- A day's sum names whole rows of activity.
grant select on analytics.user_activity to analytics_writer;

do $$
declare
  sums regclass;
begin
  foreach sums in array array['analytics.hourly_metrics', 'analytics.daily_metrics', 'analytics.agent_performance',
      'analytics.user_cohorts']::regclass[] loop
    execute format('grant select, insert, update on %s to analytics_writer', sums);
    execute format('create policy sums on %s for all to analytics_writer using (true) with check (true)', sums);
  end loop;
end
$$;

-- The membership and the right to create end with this migration.
grant analytics_writer to current_user;
grant create on schema analytics to analytics_writer;
alter function analytics.aggregate_hourly_metrics owner to analytics_writer;
alter function analytics.aggregate_daily_metrics owner to analytics_writer;
alter function analytics.aggregate_agent_performance owner to analytics_writer;
alter function analytics.fill_user_cohorts owner to analytics_writer;
revoke create on schema analytics from analytics_writer;
revoke analytics_writer from current_user;
