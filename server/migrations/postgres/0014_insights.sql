-- What is learned from the numbers: best times, audience, competitors, models and their predictions.

create type prediction_status as enum ('pending', 'processing', 'completed', 'failed');
create type model_type as enum ('content_generation', 'recommendation', 'engagement_prediction', 'optimization');

create table analytics.optimal_posting_times (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  social_account_id uuid not null,
  platform platform not null,
  day_of_week smallint not null check (day_of_week between 0 and 6),
  hour_of_day smallint not null check (hour_of_day between 0 and 23),
  optimization_score numeric(9, 4) not null check (optimization_score between 0 and 100),
  avg_engagement numeric(20, 6),
  interval_low numeric(9, 4),
  interval_high numeric(9, 4),
  sample_size bigint not null default 0 check (sample_size >= 0),
  computed_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, social_account_id, day_of_week, hour_of_day),
  foreign key (workspace_id, social_account_id) references social_accounts on delete cascade
);
comment on table analytics.optimal_posting_times is 'The 168 hours of a week for one account, in the workspace''s time zone.';
comment on column analytics.optimal_posting_times.day_of_week is '0 is Sunday, as in the source and in extract(dow).';
comment on column analytics.optimal_posting_times.interval_low is 'Of the score: the true one lies between low and high in nine of ten cases.';
create index optimal_posting_times_best on analytics.optimal_posting_times (workspace_id, social_account_id, optimization_score desc);

create table analytics.engagement_by_time (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  social_account_id uuid not null,
  published_post_id uuid not null,
  platform platform not null,
  measured_at timestamptz not null,
  day_of_week smallint not null check (day_of_week between 0 and 6),
  hour_of_day smallint not null check (hour_of_day between 0 and 23),
  engagements bigint,
  impressions bigint,
  engagement_rate numeric(20, 6),
  engagement_velocity numeric(20, 6),
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, published_post_id, measured_at),
  foreign key (workspace_id, published_post_id) references published_posts on delete cascade,
  foreign key (workspace_id, social_account_id) references social_accounts on delete cascade
);
comment on table analytics.engagement_by_time is 'Engagement that one post gained in one hour.';
comment on column analytics.engagement_by_time.engagement_rate is 'Engagements per impression of the hour, in per cent.';
comment on column analytics.engagement_by_time.engagement_velocity is 'Engagements per hour.';
create index engagement_by_time_cell on analytics.engagement_by_time (workspace_id, social_account_id, day_of_week, hour_of_day);
create index engagement_by_time_latest on analytics.engagement_by_time (workspace_id, measured_at desc);
create index engagement_by_time_brin on analytics.engagement_by_time using brin (measured_at);

create table analytics.audience_demographics (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  social_account_id uuid not null,
  platform platform not null,
  captured_at timestamptz not null,
  age_ranges jsonb,
  gender_distribution jsonb,
  top_countries jsonb,
  top_cities jsonb,
  languages jsonb,
  total_followers bigint check (total_followers >= 0),
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, social_account_id, captured_at),
  foreign key (workspace_id, social_account_id) references social_accounts on delete cascade
);
comment on table analytics.audience_demographics is 'Who follows an account, as its network counted at one instant.';
create index audience_demographics_by_time on analytics.audience_demographics (workspace_id, captured_at desc);

create table analytics.audience_interests (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  social_account_id uuid not null,
  captured_at timestamptz not null,
  interest_category text not null check (length(interest_category) <= 200),
  affinity_score numeric(9, 4),
  audience_percentage numeric(9, 4) check (audience_percentage between 0 and 100),
  engagement_rate numeric(20, 6),
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, social_account_id, interest_category, captured_at),
  foreign key (workspace_id, social_account_id) references social_accounts on delete cascade
);
comment on table analytics.audience_interests is 'What the followers of an account care for.';
comment on column analytics.audience_interests.affinity_score is 'How much more than the network''s average: 1 is the average.';
create index audience_interests_latest on analytics.audience_interests (workspace_id, captured_at desc);

create table analytics.audience_growth (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  social_account_id uuid not null,
  recorded_date date not null,
  follower_count bigint check (follower_count >= 0),
  follower_change bigint,
  followers_gained bigint,
  followers_lost bigint,
  growth_rate numeric(20, 6),
  retention_rate numeric(9, 4),
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, social_account_id, recorded_date),
  foreign key (workspace_id, social_account_id) references social_accounts on delete cascade
);
comment on table analytics.audience_growth is 'Followers of an account at the end of one day in the workspace''s time zone.';
comment on column analytics.audience_growth.retention_rate is 'Per cent of the followers of 30 days before who are still there; null where the network does not tell.';
create index audience_growth_latest on analytics.audience_growth (workspace_id, recorded_date desc);

create table analytics.competitor_profiles (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  name text not null check (length(name) between 1 and 200),
  platform platform not null,
  handle text not null check (length(handle) between 1 and 300),
  platform_account_id text check (length(platform_account_id) <= 300),
  is_active boolean not null default true,
  last_fetched_at timestamptz,
  fetch_error text,
  created_by uuid references users on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, platform, handle)
);
comment on table analytics.competitor_profiles is 'Accounts of others that a workspace compares itself with, by their public profile.';
create index competitor_profiles_active on analytics.competitor_profiles (workspace_id, last_fetched_at) where is_active;
create index competitor_profiles_creator on analytics.competitor_profiles (created_by);

create table analytics.competitor_metrics (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  competitor_profile_id uuid not null,
  recorded_date date not null,
  followers bigint check (followers >= 0),
  following bigint check (following >= 0),
  posts_count bigint check (posts_count >= 0),
  engagement numeric(20, 6),
  posts_per_week numeric(12, 4) check (posts_per_week >= 0),
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, competitor_profile_id, recorded_date),
  foreign key (workspace_id, competitor_profile_id) references analytics.competitor_profiles on delete cascade
);
comment on table analytics.competitor_metrics is 'The public numbers of a competitor on one day.';
comment on column analytics.competitor_metrics.engagement is 'Mean engagements per post of the last 30 days.';
create index competitor_metrics_latest on analytics.competitor_metrics (workspace_id, recorded_date desc);

create table analytics.benchmark_comparisons (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  social_account_id uuid not null,
  platform platform not null,
  period_start date not null,
  period_end date not null,
  user_followers bigint,
  user_engagement_rate numeric(20, 6),
  user_growth_rate numeric(20, 6),
  user_posts_per_week numeric(12, 4),
  industry_followers bigint,
  industry_engagement_rate numeric(20, 6),
  industry_growth_rate numeric(20, 6),
  industry_posts_per_week numeric(12, 4),
  competitor_followers bigint,
  competitor_engagement_rate numeric(20, 6),
  competitor_growth_rate numeric(20, 6),
  competitor_posts_per_week numeric(12, 4),
  competitors_compared integer not null default 0,
  percentiles jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, social_account_id, period_start, period_end),
  foreign key (workspace_id, social_account_id) references social_accounts on delete cascade,
  check (period_end >= period_start)
);
comment on table analytics.benchmark_comparisons is 'An account beside its competitors and its industry over one week.';
comment on column analytics.benchmark_comparisons.percentiles is 'Where the account stands among those compared, by metric, from 0 to 100.';
create index benchmark_comparisons_latest on analytics.benchmark_comparisons (workspace_id, period_end desc);

create table ml_data.ml_models (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  name text not null check (length(name) between 1 and 255),
  model_type model_type not null,
  version text not null check (length(version) between 1 and 50),
  config jsonb not null default '{}',
  performance_metrics jsonb not null default '{}',
  training_data_info jsonb not null default '{}',
  parameters bytea,
  is_active boolean not null default false,
  trained_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, name, version)
);
comment on table ml_data.ml_models is 'Versions of the workspace''s models; at most one of a name predicts.';
comment on column ml_data.ml_models.parameters is 'The trained model itself, as its trainer writes it.';
create unique index ml_models_active on ml_data.ml_models (workspace_id, name) where is_active;
create index ml_models_by_type on ml_data.ml_models (workspace_id, model_type, is_active);

create table ml_data.viral_score_predictions (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  content_id uuid,
  published_post_id uuid,
  social_account_id uuid,
  ml_model_id uuid,
  status prediction_status not null default 'pending',
  predicted_score numeric(9, 4) check (predicted_score between 0 and 100),
  confidence_score numeric(9, 6) check (confidence_score between 0 and 1),
  prediction_factors jsonb not null default '[]',
  model_version text check (length(model_version) <= 50),
  error_message text,
  created_at timestamptz not null default now(),
  predicted_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, content_id) references content on delete cascade,
  foreign key (workspace_id, published_post_id) references published_posts on delete cascade,
  foreign key (workspace_id, social_account_id) references social_accounts on delete cascade,
  foreign key (workspace_id, ml_model_id) references ml_data.ml_models on delete set null (ml_model_id),
  check (num_nonnulls(content_id, published_post_id) >= 1),
  check (status <> 'completed' or (predicted_score is not null and confidence_score is not null))
);
comment on table ml_data.viral_score_predictions is 'How well a post will do, said before or soon after it is out.';
comment on column ml_data.viral_score_predictions.predicted_score is 'Percentile of the predicted engagement within what posts of this account do.';
comment on column ml_data.viral_score_predictions.prediction_factors is 'What moved the score, each with its share.';
create index viral_score_predictions_content on ml_data.viral_score_predictions (workspace_id, content_id, created_at desc);
create index viral_score_predictions_post on ml_data.viral_score_predictions (workspace_id, published_post_id, created_at desc);
create index viral_score_predictions_account on ml_data.viral_score_predictions (workspace_id, social_account_id);
create index viral_score_predictions_model on ml_data.viral_score_predictions (workspace_id, ml_model_id);
create index viral_score_predictions_open on ml_data.viral_score_predictions (workspace_id, created_at)
  where status in ('pending', 'processing');

create table ml_data.prediction_accuracy (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  viral_score_prediction_id uuid not null,
  predicted_score numeric(9, 4) not null,
  actual_score numeric(9, 4) not null check (actual_score between 0 and 100),
  accuracy_percentage numeric(9, 4) not null check (accuracy_percentage between 0 and 100),
  actual_metrics jsonb not null default '{}',
  measured_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, viral_score_prediction_id, measured_at),
  foreign key (workspace_id, viral_score_prediction_id) references ml_data.viral_score_predictions on delete cascade
);
comment on table ml_data.prediction_accuracy is 'How a prediction turned out, measured again as the post grows older.';
comment on column ml_data.prediction_accuracy.accuracy_percentage is '100 less the distance between the two scores.';
create index prediction_accuracy_latest on ml_data.prediction_accuracy (workspace_id, measured_at desc);

do $$
declare
  derived text;
begin
  foreach derived in array array['analytics.optimal_posting_times', 'analytics.engagement_by_time',
      'analytics.audience_demographics', 'analytics.audience_interests', 'analytics.audience_growth',
      'analytics.competitor_metrics', 'analytics.benchmark_comparisons', 'ml_data.ml_models',
      'ml_data.viral_score_predictions', 'ml_data.prediction_accuracy'] loop
    perform app.protect_tenant_table(derived::regclass, 'viewer', 'owner');
    execute format('grant select, insert, update on %s to workspace_service', derived);
  end loop;
end
$$;
grant select on analytics.optimal_posting_times, analytics.engagement_by_time, analytics.audience_demographics,
  analytics.audience_interests, analytics.audience_growth, analytics.competitor_metrics,
  analytics.benchmark_comparisons, ml_data.viral_score_predictions, ml_data.prediction_accuracy to authenticated;
grant select (workspace_id, id, name, model_type, version, config, performance_metrics, training_data_info, is_active,
  trained_at, created_at, updated_at) on ml_data.ml_models to authenticated;
-- Best times of an account are computed anew as a whole.
grant delete on analytics.optimal_posting_times to workspace_service;
create trigger touch before update on ml_data.ml_models for each row execute function app.touch_updated_at();
create trigger touch before update on ml_data.viral_score_predictions for each row execute function app.touch_updated_at();
create trigger audit after insert or update or delete on ml_data.ml_models
  for each row execute function app.audit_change('parameters', 'performance_metrics');

select app.protect_tenant_table('analytics.competitor_profiles', 'viewer', 'editor');
grant select, delete, insert (workspace_id, name, platform, handle, is_active, created_by), update (name, handle, is_active)
  on analytics.competitor_profiles to authenticated;
grant select, update (platform_account_id, last_fetched_at, fetch_error) on analytics.competitor_profiles
  to workspace_service;
create trigger touch before update on analytics.competitor_profiles for each row execute function app.touch_updated_at();
