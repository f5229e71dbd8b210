/** What each function that a request may execute reaches, as data. A function that is not named here fails the matrix. */
import type { SeededWorkspace } from './matrix-rows.ts'
import type { Scope } from './matrix-scopes.ts'
import { type Asker, type Command, isAllowed, type Subject } from './policy-table.ts'

/** Who calls, as the policy table knows them in the workspace whose rows are asked for. */
export interface Caller {
  readonly asker: Asker | undefined
  readonly scopes: readonly Scope[] | undefined
  readonly userId: string | undefined
  readonly isOperator: boolean
  readonly allows: (command: Command, of: Subject) => boolean
}

export interface Reach {
  /** Counts as `n` what the call reaches in the workspace. */
  readonly call: (seed: SeededWorkspace) => string
  readonly allowed: (caller: Caller) => boolean
  /** How it refuses, beside permission denied. */
  readonly refusal?: string
}

const isPerson = ({ userId }: Caller) => userId !== undefined
const isJob = ({ asker }: Caller) => asker === 'job'
/** By role alone, as if every scope were held. */
const reads = ({ asker }: Caller, subject: Subject) =>
  asker !== undefined && isAllowed(subject, asker, 'select')
const searched = (subject: Subject) => (caller: Caller) =>
  (isPerson(caller) || isJob(caller)) && caller.allows('select', subject)
const writeScopes: readonly Scope[] = [
  'content:write',
  'publications:write',
  'accounts:write',
  'reports:write',
  'events:write',
]
const payload = (seed: SeededWorkspace) => `jsonb_build_object('workspaceId', '${seed.id}')`
const settingOf = ({ id, accountId }: SeededWorkspace) => `'${id}', '${accountId}', 'social_account_settings'`

export const reaches: Readonly<Record<string, Reach>> = {
  'app.search_content(uuid, text, integer)': {
    call: ({ id }) => `select count(*) n from app.search_content('${id}', 'secret')`,
    allowed: searched('content'),
  },
  'app.content_with_hashtag(uuid, text[], integer)': {
    call: ({ id }) => `select count(*) n from app.content_with_hashtag('${id}', '{secret}')`,
    allowed: searched('content'),
  },
  'app.search_posts(uuid, text, integer)': {
    call: ({ id }) => `select count(*) n from app.search_posts('${id}', 'secret')`,
    allowed: searched('published_posts: of others'),
  },
  'app.posts_with_hashtag(uuid, text[], integer)': {
    call: ({ id }) => `select count(*) n from app.posts_with_hashtag('${id}', '{secret}')`,
    allowed: searched('published_posts: of others'),
  },
  'app.artist_notes(uuid, uuid)': {
    call: ({ id, modelIds }) =>
      `select count(app.artist_notes('${id}', '${modelIds['artists: another']}')) n`,
    allowed: (caller) => isPerson(caller) && caller.allows('select', 'artists: another'),
  },
  'app.account_setting(uuid, uuid, text)': {
    call: (seed) => `select count(app.account_setting(${settingOf(seed)})) n`,
    allowed: ({ allows }) => allows('select', 'social_account_settings'),
  },
  'app.set_account_setting(uuid, uuid, text, jsonb)': {
    call: (seed) =>
      `select count(*) n from (select app.set_account_setting(${settingOf(seed)}, 'false')) done`,
    allowed: ({ allows }) => allows('insert', 'social_account_settings'),
  },
  'app.create_workspace(text, text, text)': {
    call: () => `select count(app.create_workspace('new', 'matrix-new', 'UTC')) n`,
    allowed: (caller) => isPerson(caller) && caller.scopes === undefined,
    // Of a person who does not exist.
    refusal: '23503',
  },
  'app.accept_invitation(bytea)': {
    // Meant for the address of nobody who calls.
    call: ({ name }) => `select count(workspace_id) n from app.accept_invitation(sha256('${name}'))`,
    allowed: () => false,
  },
  'app.enqueue_job(text, jsonb, timestamp with time zone, text, text)': {
    call: (seed) => `select count(*) n from (select app.enqueue_job('matrix', ${payload(seed)})) done`,
    allowed: ({ asker, scopes }) =>
      asker === 'job' ||
      asker === 'dispatch' ||
      (asker !== undefined &&
        isAllowed('content', asker, 'insert') &&
        (scopes === undefined || scopes.some((scope) => writeScopes.includes(scope)))),
  },
  'app.fellow_users()': {
    call: ({ bystander }) =>
      `select count(*) n from unnest(app.fellow_users()) found where found = '${bystander}'`,
    allowed: (caller) => isPerson(caller) && caller.allows('select', 'workspace_members: anybody else'),
  },
  'app.opened_to(public.workspace_role)': {
    call: ({ id }) => `select count(*) n from (select 1 where app.opened_to('viewer') = '${id}') yes`,
    allowed: (caller) => isPerson(caller) && reads(caller, 'campaigns'),
  },
  'app.may_read(uuid, public.workspace_role)': {
    call: ({ id }) => `select count(*) n from (select 1 where app.may_read('${id}', 'viewer')) yes`,
    allowed: (caller) => (isPerson(caller) || isJob(caller)) && reads(caller, 'campaigns'),
  },
  'app.own_workspaces()': {
    call: ({ id }) => `select count(*) n from unnest(app.own_workspaces()) found where found = '${id}'`,
    allowed: (caller) => isPerson(caller) && reads(caller, 'workspaces'),
  },
  'app.visible_workspaces(public.workspace_role)': {
    call: ({ id }) =>
      `select count(*) n from unnest(app.visible_workspaces('viewer')) found where found = '${id}'`,
    allowed: searched('analytics.engagement_by_time'),
  },
  'app.request_duty(text)': {
    call: () => `select count(*) n from (select app.request_duty('matrix')) done`,
    allowed: (caller) => caller.isOperator && caller.scopes === undefined,
  },
  'app.own_artists()': {
    call: ({ modelIds }) =>
      `select count(*) n from unnest(app.own_artists()) found where found = '${modelIds['artists: oneself']}'`,
    allowed: ({ asker }) => asker === 'artist',
  },
  'app.own_posts()': {
    call: ({ artistPostId }) =>
      `select count(*) n from unnest(app.own_posts()) found where found = '${artistPostId}'`,
    allowed: ({ asker }) => asker === 'artist',
  },
  // Told by the visits' doors to whoever may read lines.
  'app.own_statements()': {
    call: ({ modelIds }) =>
      `select count(*) n from unnest(app.own_statements()) found where found = '${modelIds['royalty_statements: issued']}'`,
    allowed: ({ asker, allows }) =>
      asker === 'artist' && allows('select', 'royalty_lines: of an issued statement'),
  },
  'app.role_in(uuid)': {
    call: ({ id }) => `select count(app.role_in('${id}')) n`,
    allowed: (caller) => isPerson(caller) && caller.asker !== 'outside' && reads(caller, 'workspaces'),
  },
}

/** Reach no row, or tell only of the caller. */
export const withoutRows = [
  'analytics.calculate_percentiles(numeric[], numeric[])',
  'app.current_workspace()',
  'app.engagement_rate(numeric, numeric)',
  'app.engagements(bigint, bigint, bigint, bigint, bigint)',
  'app.is_json(text)',
  'app.is_key()',
  'app.is_operator()',
  'app.key_may(public.api_scope[])',
  'app.read_told(text)',
  'app.uuid_v7()',
  'auth.jwt()',
  'auth.uid()',
]

/** The names, as above, of all functions that a request may execute. Those of triggers are called by nobody. */
export const executableByRequests = `
  select format('%s.%s(%s)', n.nspname, p.proname, (
    select string_agg(case when tn.nspname = 'pg_catalog' then format_type(base.oid, null)
        else tn.nspname || '.' || base.typname end || case when base.oid = t.oid then '' else '[]' end,
      ', ' order by a.position)
    from unnest(p.proargtypes) with ordinality as a (type, position)
    join pg_type t on t.oid = a.type
    join pg_type base on base.oid = case when t.typcategory = 'A' then t.typelem else t.oid end
    join pg_namespace tn on tn.oid = base.typnamespace)) as name
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname not in ('pg_catalog', 'information_schema')
    and has_schema_privilege('authenticated', n.oid, 'usage')
    and has_function_privilege('authenticated', p.oid, 'execute')
    and p.prorettype <> 'trigger'::regtype
  order by 1`
