-- What names do not say: of what a number is a part or a bound, in which zone an hour is, how a value is sealed.
comment on schema analytics is
  'What is measured, observed and derived. Sums, deltas and summaries can be computed again from what is kept; activity, alert rules, competitors and what networks told of an audience cannot.';
comment on column analytics.benchmark_comparisons.user_followers is 'Of the account itself, at the end of the week.';
comment on column analytics.benchmark_comparisons.user_posts_per_week is 'Of the account itself.';
comment on column analytics.benchmark_comparisons.industry_followers is 'Median of the industry.';
comment on column analytics.benchmark_comparisons.industry_posts_per_week is 'Median of the industry.';
comment on column analytics.benchmark_comparisons.competitor_followers is 'Median of the competitors.';
comment on column analytics.benchmark_comparisons.competitor_posts_per_week is 'Median of the competitors.';
comment on column analytics.engagement_by_time.day_of_week is '0 is Sunday; in the workspace''s time zone.';
comment on column analytics.engagement_by_time.hour_of_day is 'In the workspace''s time zone.';
comment on column analytics.optimal_posting_times.hour_of_day is 'In the workspace''s time zone.';
comment on column analytics.optimal_posting_times.interval_high is 'As interval_low, the upper end.';
comment on column analytics.hourly_metrics.avg_response_time_ms is 'How long the agent runs that began in the hour took, on average.';
comment on column analytics.hourly_metrics.p95_response_time_ms is 'How long all but the slowest twentieth of them took.';
comment on column analytics.user_cohorts.ltv_estimate is 'What a person of the cohort will have brought in the end, as estimated; null while nobody estimates it.';
comment on column post_snapshots.estimated_cpm is 'Earnings per thousand views, as the network estimates them.';
comment on column royalty_lines.earnings is 'What the post earned between the two snapshots, before the artist''s rate.';
comment on column royalty_lines.amount is 'The artist''s part of the earnings.';
comment on column royalty_statements.gross_earnings is 'Earnings of all its lines together, before the artist''s rate.';
comment on column social_accounts.access_token_encrypted is 'AES-256-GCM envelope of the server''s keyring.';
comment on column social_accounts.refresh_token_encrypted is 'AES-256-GCM envelope of the server''s keyring.';
