-- What dispatch asks every few seconds, at size. `npm run bench -- schema` measures it.

-- Which accounts have posts to read, and which posts of an account: both ask account by account. By the order of time alone,
-- dispatch read every post of the installation once many were due: 110 ms for 200,000 posts of which 5,000 were due.
drop index published_posts_due;
create index published_posts_due on published_posts (workspace_id, social_account_id, next_sync_at)
  where next_sync_at is not null;

-- Asked by every statement of dispatch, so in the language whose plans stay for the session.
create or replace function app.generated_workspaces() returns uuid[]
language plpgsql stable security definer set search_path = '' as $$
begin
  return array(select w.id from public.workspaces w where w.generated_at is not null);
end
$$;
