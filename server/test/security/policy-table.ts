/** Who may do what to which rows, as data: the matrix tests hold the database to exactly this. */
import { sensitiveTables } from '../../src/infra/postgres/doors.ts'
import { type Scope, scopes, scopesOf } from './matrix-scopes.ts'

export const commands = ['select', 'insert', 'update', 'delete'] as const
export type Command = (typeof commands)[number]

/** Everybody who can come through a door, or past all of them. */
export const askers = [
  'owner',
  'admin',
  'manager',
  'editor',
  'analyst',
  'viewer',
  'artist',
  'outside',
  'stranger',
  'super admin',
  'nobody',
  'anon',
  'no door',
  'job',
  'foreign job',
  'dispatch',
  'analytics reader',
] as const
export type Asker = (typeof askers)[number]

const meaning: Readonly<Record<string, string>> = {
  outside: 'a member, of whatever role, through a door that opens no workspace: chooses the one to open',
  stranger: 'an owner of another workspace',
  'super admin':
    'an operator of the installation who is in no workspace: looks after it, not into workspaces',
  nobody: 'a person who is in no workspace, or a request that names nobody',
  anon: 'whoever is not signed in, as PostgREST and Supabase call them',
  'no door': 'the login of the application outside of any door',
  job: 'the body of a job of the workspace',
  'foreign job': 'the body of a job of another workspace',
  dispatch: 'what finds due work, in all workspaces alike',
  'analytics reader': 'what computes the materialized views, of all workspaces alike',
}

export type Allowed = Readonly<Partial<Record<Asker, readonly Command[]>>>

const strongestFirst = askers.slice(0, 7)
const upFrom = (least: Asker) => strongestFirst.slice(0, strongestFirst.indexOf(least) + 1)

/** The rights of members, each from one role up, and of those who are no members. */
function rights(
  members: Partial<Record<Command, Asker>>,
  others: Partial<Record<'outside' | 'job' | 'dispatch' | 'analytics reader', readonly Command[]>> = {},
): Allowed {
  const ofMember = (role: Asker) =>
    commands.filter((command) => {
      const least = members[command]
      return least !== undefined && upFrom(least).includes(role)
    })
  return {
    ...Object.fromEntries(strongestFirst.map((role) => [role, ofMember(role)])),
    'analytics reader': ['select'],
    ...others,
  }
}

/** What no materialized view is made of. */
const unseen = (allowed: Allowed): Allowed => ({ ...allowed, 'analytics reader': [] })

const everything = { select: 'viewer', insert: 'editor', update: 'editor', delete: 'editor' } as const
const readOnly = { select: 'viewer' } as const
const managed = { select: 'viewer', insert: 'manager', update: 'manager' } as const
/** Written by jobs, read by members. */
const derived = (least: Asker, job: readonly Command[] = ['select', 'insert', 'update']) =>
  rights({ select: least }, { job })

/** One line per table, or per kind of row where the kinds differ. */
export const policyTable = {
  workspaces: rights(
    { select: 'artist', update: 'admin' },
    { outside: ['select'], job: ['select'], dispatch: ['select'] },
  ),
  'workspace_members: oneself': unseen(
    rights({ select: 'artist', update: 'admin', delete: 'artist' }, { outside: ['select'] }),
  ),
  'workspace_members: an owner': rights(
    { select: 'viewer', update: 'owner', delete: 'owner' },
    { job: ['select'], dispatch: ['select'] },
  ),
  'workspace_members: anybody else': rights(
    { select: 'viewer', update: 'admin', delete: 'admin' },
    { job: ['select'], dispatch: ['select'] },
  ),
  workspace_invitations: unseen(rights({ select: 'admin', insert: 'admin', update: 'admin' })),
  'api_keys: valid': unseen(rights({ select: 'admin', insert: 'admin', update: 'admin' })),
  'api_keys: revoked': unseen(rights({ select: 'admin', insert: 'admin' })),
  audit_log: unseen(rights({ select: 'admin' })),
  social_accounts: rights(managed, { job: ['select', 'update'], dispatch: ['select'] }),
  social_account_settings: unseen(rights({ ...managed, delete: 'manager' }, { job: ['select'] })),
  campaigns: rights(everything, { job: ['select'] }),
  media: unseen(rights({ select: 'viewer', insert: 'editor' }, { job: ['select'] })),
  content: rights(everything, { job: ['select', 'update'] }),
  content_media: unseen(
    rights({ select: 'viewer', insert: 'editor', delete: 'editor' }, { job: ['select'] }),
  ),
  publications: rights(everything, { job: ['select', 'update'], dispatch: ['select'] }),
  publication_attempts: unseen(rights(readOnly, { job: ['select', 'insert', 'update'] })),
  'artists: oneself': rights({ ...managed, select: 'artist' }, { job: ['select'] }),
  'artists: another': rights(managed, { job: ['select'] }),
  'published_posts: of the artist': rights(
    { select: 'artist', update: 'editor' },
    { job: ['select', 'insert', 'update'], dispatch: ['select'] },
  ),
  'published_posts: of others': rights(
    { select: 'viewer', update: 'editor' },
    { job: ['select', 'insert', 'update'], dispatch: ['select'] },
  ),
  sync_logs: rights(readOnly, { job: ['select', 'insert', 'update'] }),
  'post_snapshots: of the artist': derived('artist', ['select', 'insert']),
  'post_snapshots: of others': derived('viewer', ['select', 'insert']),
  'post_deltas: of the artist': derived('artist', commands),
  'post_deltas: of others': derived('viewer', commands),
  webhook_events: unseen(
    rights({ select: 'manager' }, { job: ['select', 'insert', 'update'], dispatch: ['select'] }),
  ),
  csv_imports: unseen(rights({ select: 'viewer', insert: 'editor' }, { job: ['select', 'update'] })),
  'royalty_statements: issued': unseen({
    ...rights(
      { select: 'analyst', insert: 'manager', update: 'manager' },
      { job: ['select', 'insert', 'update'] },
    ),
    artist: ['select'],
  }),
  'royalty_statements: drafts': unseen(
    rights(
      { select: 'analyst', insert: 'manager', update: 'manager' },
      { job: ['select', 'insert', 'update'] },
    ),
  ),
  'royalty_statements: of another artist': unseen(
    rights(
      { select: 'analyst', insert: 'manager', update: 'manager' },
      { job: ['select', 'insert', 'update'] },
    ),
  ),
  'royalty_lines: of an issued statement': unseen({
    ...rights({ select: 'analyst', insert: 'manager' }, { job: ['select', 'insert'] }),
    artist: ['select'],
  }),
  'royalty_lines: of a draft': unseen(
    rights({ select: 'analyst', insert: 'manager' }, { job: ['select', 'insert'] }),
  ),
  'royalty_lines: of another artist': unseen(
    rights({ select: 'analyst', insert: 'manager' }, { job: ['select', 'insert'] }),
  ),
  agents: rights({ ...managed, delete: 'manager' }, { job: ['select'] }),
  agent_runs: rights(
    { select: 'viewer', insert: 'editor', update: 'editor' },
    { job: ['select', 'insert', 'update'] },
  ),
  agent_feedback: rights({ select: 'viewer', insert: 'viewer' }),
  'analytics.user_activity': rights({ select: 'admin', insert: 'artist' }, { job: ['insert'] }),
  'analytics.hourly_metrics': derived('analyst'),
  'analytics.daily_metrics': derived('analyst'),
  'analytics.agent_performance': derived('analyst'),
  'analytics.user_cohorts': derived('analyst'),
  'analytics.optimal_posting_times': derived('viewer', commands),
  'analytics.engagement_by_time': derived('viewer'),
  'analytics.audience_demographics': derived('viewer'),
  'analytics.audience_interests': derived('viewer'),
  'analytics.audience_growth': derived('viewer'),
  'analytics.competitor_profiles': rights(everything, { job: ['select', 'update'] }),
  'analytics.competitor_metrics': derived('viewer'),
  'analytics.benchmark_comparisons': derived('viewer'),
  'ml_data.ml_models': unseen(derived('viewer')),
  'ml_data.viral_score_predictions': derived('viewer'),
  'ml_data.prediction_accuracy': derived('viewer'),
  'analytics.alert_rules': unseen(rights(everything, { job: ['select', 'update'] })),
  'analytics.alert_notifications': unseen(
    rights({ select: 'viewer', update: 'editor' }, { job: ['select', 'insert', 'update'] }),
  ),
  custom_reports: unseen(
    rights(
      { select: 'viewer', insert: 'analyst', update: 'analyst', delete: 'analyst' },
      { job: ['select'] },
    ),
  ),
  report_schedules: unseen(
    rights(
      { select: 'viewer', insert: 'analyst', update: 'analyst', delete: 'analyst' },
      { job: ['select', 'update'], dispatch: ['select'] },
    ),
  ),
  report_executions: unseen(rights({ select: 'viewer', insert: 'analyst' }, { job: commands })),
  outbox: unseen(rights({}, { job: ['insert'], dispatch: ['select', 'delete'] })),
} satisfies Record<string, Allowed>

export type Subject = keyof typeof policyTable

/** `held`: the scopes of the API key by which somebody of this role asks; undefined for a person. */
export function isAllowed(
  subject: Subject,
  asker: Asker,
  command: Command,
  held?: readonly Scope[],
): boolean {
  const allowed: Allowed = policyTable[subject]
  if (!allowed[asker]?.includes(command)) return false
  return held === undefined || scopesOf(subject)[command].some((scope) => held.includes(scope))
}

/** The table as Markdown, for ARCHITECTURE.md. */
export function renderPolicyTable(): string {
  const letters = { select: 'S', insert: 'I', update: 'U', delete: 'D' } satisfies Record<Command, string>
  const cell = (subject: Subject, asker: Asker) =>
    commands.map((command) => (isAllowed(subject, asker, command) ? letters[command] : '')).join('') || '–'
  const scopesCell = (subject: Subject) => {
    const needed = scopesOf(subject)
    const usable = commands.filter((command) =>
      strongestFirst.some((asker) => isAllowed(subject, asker, command)),
    )
    const byScopes = new Map<string, string>()
    for (const command of usable) {
      const names = needed[command].length === scopes.length ? 'any' : needed[command].join(', ')
      if (names) byScopes.set(names, (byScopes.get(names) ?? '') + letters[command])
    }
    return [...byScopes].map(([names, which]) => `${which}: ${names}`).join('; ') || '–'
  }
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const subjects = Object.keys(policyTable) as Subject[]
  const sensitive = sensitiveTables.map((table) => `\`${table}\``).join(', ')
  return [
    'S select, I insert, U update, D delete, – nothing. What a column says holds within the workspace of the',
    'row; in another workspace only `dispatch` and the `analytics reader` may do anything.',
    'An API key has the weaker of its own role and its maker’s, in its one workspace, and needs one of the named',
    'scopes on top; where none is named, a key reaches nothing. Revoked or expired, it reaches nothing at all.',
    'Persons and keys see these rows only where their door has told that it reads them, which leaves a line in the',
    `audit log: ${sensitive}.`,
    '',
    row(['rows', ...askers, 'scopes of a key']),
    row(['---', ...askers.map(() => '---'), '---']),
    ...subjects.map((subject) =>
      row([`\`${subject}\``, ...askers.map((asker) => cell(subject, asker)), scopesCell(subject)]),
    ),
    '',
    ...Object.entries(meaning).map(([asker, text]) => `- **${asker}**: ${text}`),
  ].join('\n')
}
