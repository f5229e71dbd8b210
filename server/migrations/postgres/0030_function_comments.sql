-- What each function does, where it is called by its name: from here on all of them say it.
comment on function analytics.fill_user_cohorts is
  'Writes the cohorts of the last 14 months and how many of each came back; returns how many cohorts.';
comment on function app.acting_key is 'Workspace, role and scopes of the API key by which the request comes; no row once it is not valid.';
comment on function app.analyze_partitioned_tables is 'Measures partitioned tables as a whole for the planner; returns how many.';
comment on function app.delete_old_rows is 'Deletes the rows of a table that have had their time; returns how many.';
comment on function app.detach_old_rows is
  'Moves the rows of a table that have had their time to one of their own, for the archive; returns its name, null if none.';
comment on function app.detached_rows_after is 'The rows of a detached partition after a key, as text of JSON, each with its key.';
comment on function app.first_activity_at is 'The first instant of which there is anything to be summed; null if nothing ever happened.';
comment on function app.generated_workspace is 'The workspace to which the generator is bound; null unless it is a generated one.';
comment on function app.generated_workspaces is 'All workspaces that the generator made; dispatch passes them by.';
comment on function app.is_key is 'Whether the request comes by an API key.';
comment on function app.is_operator is 'Whether whoever asks looks after the installation; never by an API key.';
comment on function app.let_generator_fill is 'Lets the generator write to a tenant table, in generated workspaces alone.';
comment on function app.recount_detached_partition is
  'Counts a detached partition anew and forgets what was archived of it; returns the count.';
comment on function app.request_duty is 'An operator asks that a duty starts at once.';
comment on function app.restrict_keys is 'Names the scopes of which an API key needs one on a table; without any, no key reaches it.';
comment on function app.review_performance is
  'Large tables, dead rows, indexes that nothing asks, slow views: one sentence each, without rows.';
comment on function app.workspaces_with_snapshots_since is
  'Workspaces with snapshots written since then, and the earliest instant of which those tell.';
