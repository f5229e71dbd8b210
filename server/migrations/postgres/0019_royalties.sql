-- What artists are owed, and of which posts it is made.

create type statement_status as enum ('draft', 'issued', 'paid', 'void');

create table royalty_statements (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  artist_id uuid not null,
  period_start date not null,
  period_end date not null,
  status statement_status not null default 'draft',
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
  gross_earnings numeric(20, 6) not null,
  royalty_rate numeric(9, 6) not null check (royalty_rate between 0 and 100),
  amount_due numeric(20, 6) not null,
  issued_at timestamptz,
  paid_at timestamptz,
  notes text,
  created_by uuid references users on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, artist_id) references artists on delete restrict,
  check (period_end >= period_start),
  check ((issued_at is null) = (status = 'draft') or status = 'void'),
  check ((paid_at is not null) = (status = 'paid'))
);
comment on table royalty_statements is 'What an artist is owed for one period in one currency. Seen by the artist once it is issued.';
comment on column royalty_statements.royalty_rate is 'The rate at which it was computed, whatever the artist''s rate is now.';
create unique index royalty_statements_period on royalty_statements (workspace_id, artist_id, period_start, period_end, currency)
  where status <> 'void';
create index royalty_statements_artist on royalty_statements (workspace_id, artist_id, period_end desc);
create index royalty_statements_creator on royalty_statements (created_by);
select app.protect_tenant_table('royalty_statements', 'analyst', 'manager');
create policy artist_select on royalty_statements for select to authenticated
  using (workspace_id = any ((select app.member_workspaces('artist'))::uuid[]) and status <> 'draft'
    and artist_id = any ((select app.own_artists())::uuid[]));
grant select, insert (workspace_id, artist_id, period_start, period_end, currency, gross_earnings, royalty_rate,
      amount_due, notes, created_by), update (status, issued_at, paid_at, notes)
  on royalty_statements to authenticated;
grant select, insert, update (status, gross_earnings, amount_due, issued_at, paid_at) on royalty_statements
  to workspace_service;
create trigger touch before update on royalty_statements for each row execute function app.touch_updated_at();
create trigger audit after insert or update or delete on royalty_statements for each row execute function app.audit_change();

create table royalty_lines (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  royalty_statement_id uuid not null,
  published_post_id uuid,
  description text not null,
  earnings numeric(20, 6) not null,
  amount numeric(20, 6) not null,
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
  first_snapshot_at timestamptz,
  last_snapshot_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, royalty_statement_id) references royalty_statements on delete cascade,
  foreign key (workspace_id, published_post_id) references published_posts on delete set null (published_post_id)
);
comment on table royalty_lines is 'One post''s share in a statement, with the two snapshots between which it was earned.';
create index royalty_lines_statement on royalty_lines (workspace_id, royalty_statement_id);
create index royalty_lines_post on royalty_lines (workspace_id, published_post_id);
select app.protect_tenant_table('royalty_lines', 'analyst', 'manager');
-- The statement's own policies say whether the artist sees it.
create policy artist_select on royalty_lines for select to authenticated
  using (workspace_id = any ((select app.member_workspaces('artist'))::uuid[]) and exists (
    select from royalty_statements s
    where s.workspace_id = royalty_lines.workspace_id and s.id = royalty_lines.royalty_statement_id
      and s.artist_id = any ((select app.own_artists())::uuid[])));
grant select, insert (workspace_id, royalty_statement_id, published_post_id, description, earnings, amount, currency,
    first_snapshot_at, last_snapshot_at)
  on royalty_lines to authenticated;
grant select, insert on royalty_lines to workspace_service;
create trigger audit after insert or update or delete on royalty_lines for each row execute function app.audit_change();
