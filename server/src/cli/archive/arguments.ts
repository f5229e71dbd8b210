import { parseArgs } from 'node:util'
import { StartRefused } from '../../infra/process/start-refused.ts'

export type ArchiveRequest =
  | { readonly what: 'list' }
  | { readonly what: 'read'; readonly name: string; readonly workspaceId: string | undefined }
  | { readonly what: 'restore'; readonly name: string }

export const archiveUsage = `usage: npm run heliograph -- archive
       npm run heliograph -- archive read <name> [--workspace <id>]
       npm run heliograph -- archive restore <name>

Without more it lists what has left the tables for the archive.

  read     checks the file against its record and writes its rows to standard output, one JSON object a line; progress and
           errors go to standard error. It ends with 1 where the file is not what was recorded: what was printed until
           then is not to be trusted.
  restore  puts the rows of a dropped partition back into a table of its own beside the partitions, and says how to look
           at it and how to drop it again. No screen and no number counts it.

  --workspace <id>  only the rows of one workspace`

/** Undefined: help was asked for. */
export function parseArchiveArguments(args: readonly string[]): ArchiveRequest | undefined {
  const { values, positionals } = parse(args)
  if (values.help) return undefined
  const [what, name, ...more] = positionals
  if (what !== undefined && what !== 'read' && what !== 'restore') {
    throw refused(`"archive" knows no "${what}".`)
  }
  if (more.length) throw refused(`"archive ${what}" takes one name, and got "${more.join(' ')}" on top.`)
  if (values.workspace !== undefined && what !== 'read') {
    throw refused('--workspace belongs to "archive read".')
  }
  if (!what) return { what: 'list' }
  if (!name) throw refused(`"archive ${what}" needs a name: "npm run heliograph -- archive" lists them.`)
  return what === 'read' ? { what, name, workspaceId: workspaceOf(values.workspace) } : { what, name }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { workspace: { type: 'string' }, help: { type: 'boolean' } },
    })
  } catch (error) {
    // Node's own words name the option.
    throw refused(error instanceof Error ? error.message : String(error))
  }
}

function workspaceOf(text: string | undefined): string | undefined {
  if (text === undefined || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text))
    return text?.toLowerCase()
  throw refused(`--workspace ${text} is no id of a workspace: it looks like the workspace_id of the rows.`)
}

const refused = (reason: string) => new StartRefused(`${reason}\n\n${archiveUsage}`)
