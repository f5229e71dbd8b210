-- Indexes that no query, duty or source asks for: each costs at every change, and is quickly made when somebody asks.
drop index user_sessions_expiry;
drop index content_metadata;
drop index audit_log_by_row;
drop index social_accounts_by_platform_user;
drop index agent_runs_by_status;

comment on column custom_reports.is_public is 'May be shown to people outside of the workspace; nothing shows it yet.';
