/**
 * Why an index is there that the benchmark need not ask. Reviewed like code: whoever adds an index that no measured query
 * asks says here who does, and an index for which nobody can is dropped.
 *
 * What stands in backquotes is there, which a test holds: after `source …` what that source asks for, by its name in
 * docs/source-coverage.tsv, and otherwise a function, a view or a duty of this project.
 */
export const indexReasons: Readonly<Record<string, string>> = {
  // Duties of the installation, which look across workspaces by time alone.
  'app.cache_counts_expiry': '`app.sweep_cache_counts` deletes what has expired',
  'public.user_verifications_identifier': '`resetPassword`: a link is found by the hash of its token',
  'public.social_accounts_token_expiry': '`listExpiringAccounts`: tokens to be refreshed ahead of their end',
  'public.social_accounts_access_expiry':
    'source smmp `SocialAccount: idx_social_accounts_expires_at`: expiresAt, when the connection as a whole ends',
  'public.publications_due': '`listDuePublications`, every five seconds',
  'public.publications_held': '`releaseHeld` and `listAccountsHolding`: what waits for its account',
  'public.published_posts_due': '`listAccountsToSync`, every minute, and `listPostsToSync`',
  'public.outbox_order': '`listOutbox`: the oldest facts first',
  'public.report_schedules_due':
    'source advanced `custom reports`: schedules whose next_run_at has come, by cron',
  'public.report_executions_age': '`clean_up_report_executions`: older than 90 days',
  'public.report_executions_open':
    'source advanced `partial for filtered queries`: executions by status, here those that have not ended',
  'public.webhook_events_open': '`app.pending_webhook_events`: the oldest first',
  'public.webhook_events_retry': '`app.retryable_webhook_events`',
  'public.post_snapshots_recorded':
    '`app.workspaces_with_snapshots_since`: what came in since the last deltas, duty `compute_deltas`',
  'public.workspaces_generated': '`app.generated_workspaces`: what dispatch passes by',
  'analytics.alert_notifications_unsent':
    'source advanced `alert system`: notifications to be sent, the oldest first',
  'analytics.refresh_log_latest': '`listLatestRefreshes`: operations page',
  'analytics.hourly_metrics_hour': '`analytics.cleanup_old_data`: hours older than 30 days',
  'analytics.engagement_by_time_brin': '`archive_engagement_by_time`: rows older than a year',

  // Blocks of time without a workspace: a few days out of many.
  'public.agent_runs_time': '`analytics.aggregate_hourly_metrics`: runs of one hour in all workspaces',
  'analytics.user_activity_brin':
    '`analytics.aggregate_hourly_metrics`: activity of one hour in all workspaces',
  'public.post_deltas_end':
    '`analytics.analytics_aggregated_daily` and `analytics.analytics_aggregated_weekly`, once there are years of deltas: those of 90 days, and of one year',
  'public.post_snapshots_time': 'source smmp `Analytics: idx_analytics_recorded_at`',
  'public.published_posts_by_time':
    'source cg `Post: publishTime`; `analytics.platform_performance_summary`: posts of 90 days',
  'analytics.daily_metrics_brin': 'source agentanalytics `idx_daily_metrics_date_brin`',
  'analytics.daily_metrics_date': 'source agentanalytics `idx_daily_metrics_date`',
  'analytics.agent_performance_date': 'source agentanalytics `idx_agent_performance_date`',
  'analytics.user_cohorts_date': 'source agentanalytics `idx_user_cohorts_date`',

  // People, as the sources look for them.
  'public.users_active': '`app.enter`: whoever comes in is active; source smartcontent `idx_active_users`',
  'public.users_created': 'source smmp `User: idx_users_created_at`',
  'public.users_preferences': 'source smmp `users.preferences GIN`',
  'public.user_profiles_activity': 'source smartcontent `idx_user_profiles_activity`',
  'public.workspace_members_role':
    '`app.keep_an_owner`: the other owners; source smmp `User: idx_users_role`',

  // What is written, planned and shown, each within one workspace.
  'public.content_by_status': '`listContent` by status; source smmp `Post: idx_posts_status`',
  'public.content_by_type': 'source smmp `Post: idx_posts_content_type`',
  'public.content_by_author': 'source smartcontent `idx_content_user_type_created`',
  'public.content_by_author_status': 'source smmp `Post: idx_posts_user_status`',
  'public.content_scheduled': 'source smmp `Post: idx_posts_scheduled_at`',
  'public.content_published': 'source smartcontent `idx_published_content`',
  'public.content_hashtags': '`app.content_with_hashtag`',
  'public.content_mentions': 'source smmp `posts.mentions GIN`',
  'public.content_search': '`app.search_content`',
  'public.content_substrings':
    'source smartcontent `pg_trgm`: parts of words and of links in what is written',
  'public.campaigns_by_status': 'source smartcontent `idx_campaigns_status`',
  'public.media_by_type': 'source smmp `Media: idx_media_type`',
  'public.media_by_mime_type': 'source smmp `Media: idx_media_mimetype`',
  'public.publications_by_status': 'source smmp `PostPublication: idx_post_publications_status`',
  'public.publications_by_content_status': '`listPublications`: where the content of a page went',
  'public.publications_published': 'source smmp `PostPublication: idx_post_publications_published_at`',
  'public.published_posts_by_platform': 'source cg `Post: platform`',
  'public.published_posts_by_status': 'source cg `Post: status`',
  'public.published_posts_asset': 'source cg `Post: assetTag`',
  'public.published_posts_monetization': 'source cg `Post: monetizationStatus`',
  'public.published_posts_privacy': 'source cg `Post: privacyStatus`',
  'public.published_posts_original': 'source cg `Post: originalPlatform`',
  'public.published_posts_hashtags': '`app.posts_with_hashtag`, in a workspace with many posts',
  'public.published_posts_mentions': 'source cg `Post: mentions GIN`',
  'public.published_posts_search': '`app.search_posts`, in a workspace with many posts',
  'public.social_accounts_by_status': 'source smmp `SocialAccount: idx_social_accounts_status`',
  'public.social_accounts_by_health': 'source smmp `SocialAccount: idx_social_accounts_health`',
  'public.social_accounts_metadata': 'source smmp `social_accounts.metadata GIN`',
  'public.sync_logs_by_status': 'source cg `SyncLog: siteId, status`',
  'public.sync_logs_started': 'source cg `SyncLog: startedAt`',
  'public.audit_log_by_user': 'source cg `User: Has many AuditLogs`: what one person changed',
  'public.webhook_events_by_status': 'source cg `WebhookEvent: status, createdAt`',
  'public.webhook_events_by_type': 'source cg `WebhookEvent: platform, eventType`',
  'public.custom_reports_public': 'source advanced `custom_reports.is_public`: the public ones, by name',
  'public.agent_runs_by_time': '`analytics.aggregate_daily_metrics`: runs of a day',
  'public.post_deltas_by_time': 'source cg `Delta: [toDate]`; source smmp `Analytics: idx_analytics_period`',

  // Numbers of insights, each within one workspace.
  'analytics.user_activity_by_time': '`analytics.aggregate_daily_metrics`: activity of a day',
  'analytics.user_activity_by_member': 'source agentanalytics `idx_user_activity_composite`',
  'analytics.user_activity_by_type': 'source agentanalytics `idx_user_activity_event_type`',
  'analytics.user_activity_session': 'source agentanalytics `idx_user_activity_session`',
  'analytics.user_activity_metadata': 'source agentanalytics `idx_user_activity_metadata`',
  'analytics.user_cohorts_by_date': 'source agentanalytics `idx_user_cohorts_workspace`',
  'analytics.agent_performance_by_runs': 'source agentanalytics `idx_agent_performance_composite`',
  'analytics.mv_top_agents_by_runs': 'source agentanalytics `idx_mv_top_agents_workspace`',
  'analytics.alert_rules_active': 'source agentanalytics `idx_alert_rules_active`',
  'analytics.alert_notifications_latest': 'source agentanalytics `idx_alert_history_workspace`',
  'analytics.alert_notifications_open':
    'source advanced `partial for filtered queries`: alerts by status, here the active ones by severity',
  'analytics.audience_demographics_by_time': 'source advanced `time-series columns DESC`',
  'analytics.audience_growth_latest': 'source advanced `time-series columns DESC`',
  'analytics.audience_interests_latest': 'source advanced `time-series columns DESC`',
  'analytics.benchmark_comparisons_latest': 'source advanced `time-series columns DESC`',
  'analytics.competitor_metrics_latest': 'source advanced `time-series columns DESC`',
  'analytics.engagement_by_time_latest': 'source advanced `time-series columns DESC`',
  'ml_data.prediction_accuracy_latest': 'source advanced `time-series columns DESC`',
  'analytics.competitor_profiles_active':
    'source advanced `daily: fetch competitor metrics`: the active ones, the longest ago first',
  'analytics.optimal_posting_times_best':
    'source advanced `optimal time calculation`: the best hours of an account, to be recommended',
  'ml_data.ml_models_by_type': 'source smartcontent `idx_ml_models_type`',
  'ml_data.viral_score_predictions_open':
    'source advanced `viral score prediction`: predictions that have not ended, the oldest first',

  // No role of the product asks these; whoever administers the database may, whom no policy binds.
  'public.audit_log_time': 'by hand: what happened in an hour, in whichever workspace',
  'public.webhook_events_time': 'by hand: what networks told within an hour, in whichever workspace',
}
