/** Who may do what to which rows, as data: the matrix test holds the database to exactly this. */

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
  'stranger',
  'nobody',
  'no door',
  'job',
  'foreign job',
  'dispatch',
] as const
export type Asker = (typeof askers)[number]

const meaning: Readonly<Record<string, string>> = {
  stranger: 'an owner of another workspace',
  nobody: 'a person who is in no workspace',
  'no door': 'the login of the application outside of any door',
  job: 'the body of a job of the workspace',
  'foreign job': 'the body of a job of another workspace',
  dispatch: 'what finds due work, in all workspaces alike',
}

export type Allowed = Readonly<Partial<Record<Asker, readonly Command[]>>>

const strongestFirst = askers.slice(0, 7)
const upFrom = (least: Asker) => strongestFirst.slice(0, strongestFirst.indexOf(least) + 1)

/** The rights of members, each from one role up, and of those who are no members. */
function rights(
  members: Partial<Record<Command, Asker>>,
  others: { job?: readonly Command[]; dispatch?: readonly Command[] } = {},
): Allowed {
  const ofMember = (role: Asker) =>
    commands.filter((command) => {
      const least = members[command]
      return least !== undefined && upFrom(least).includes(role)
    })
  return { ...Object.fromEntries(strongestFirst.map((role) => [role, ofMember(role)])), ...others }
}

const everything = { select: 'viewer', insert: 'editor', update: 'editor', delete: 'editor' } as const
const readOnly = { select: 'viewer' } as const

/** One line per table, or per kind of row where the kinds differ. */
export const policyTable = {
  workspaces: rights({ select: 'artist', update: 'admin' }, { job: ['select'], dispatch: ['select'] }),
  'workspace_members: oneself': {
    ...rights({ select: 'artist', update: 'admin', delete: 'artist' }),
  },
  'workspace_members: an owner': rights(
    { select: 'viewer', update: 'owner', delete: 'owner' },
    { job: ['select'], dispatch: ['select'] },
  ),
  'workspace_members: anybody else': rights(
    { select: 'viewer', update: 'admin', delete: 'admin' },
    { job: ['select'], dispatch: ['select'] },
  ),
  workspace_invitations: rights({ select: 'admin', insert: 'admin', update: 'admin' }),
  social_accounts: rights(
    { select: 'viewer', insert: 'manager', update: 'manager' },
    { job: ['select', 'update'], dispatch: ['select'] },
  ),
  media: rights({ select: 'viewer', insert: 'editor' }, { job: ['select'] }),
  content: rights(everything, { job: ['select', 'update'] }),
  content_media: rights({ select: 'viewer', insert: 'editor', delete: 'editor' }, { job: ['select'] }),
  publications: rights(everything, { job: ['select', 'update'], dispatch: ['select'] }),
  publication_attempts: rights(readOnly, { job: ['select', 'insert', 'update'] }),
  published_posts: rights(readOnly, { job: ['select', 'insert', 'update'], dispatch: ['select'] }),
  sync_logs: rights(readOnly, { job: ['select', 'insert', 'update'] }),
  post_snapshots: rights(readOnly, { job: ['select', 'insert'] }),
  outbox: rights({}, { job: ['insert'], dispatch: ['select', 'delete'] }),
} satisfies Record<string, Allowed>

export type Subject = keyof typeof policyTable

export function isAllowed(subject: Subject, asker: Asker, command: Command): boolean {
  const allowed: Allowed = policyTable[subject]
  return allowed[asker]?.includes(command) ?? false
}

/** The table as Markdown, for ARCHITECTURE.md. */
export function renderPolicyTable(): string {
  const letters = { select: 'S', insert: 'I', update: 'U', delete: 'D' } satisfies Record<Command, string>
  const cell = (subject: Subject, asker: Asker) =>
    commands.map((command) => (isAllowed(subject, asker, command) ? letters[command] : '')).join('') || '–'
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const subjects = Object.keys(policyTable) as Subject[]
  return [
    'S select, I insert, U update, D delete, – nothing. What a column says holds within the workspace of the',
    'row; in another workspace only `dispatch` may do anything.',
    '',
    row(['rows', ...askers]),
    row(['---', ...askers.map(() => '---')]),
    ...subjects.map((subject) => row([`\`${subject}\``, ...askers.map((asker) => cell(subject, asker))])),
    '',
    ...Object.entries(meaning).map(([asker, text]) => `- **${asker}**: ${text}`),
  ].join('\n')
}
