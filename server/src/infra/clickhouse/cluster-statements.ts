import type { SqlToken } from './sql-tokens.ts'

/** One statement on its way to a cluster. */
export interface Derivation {
  readonly statement: string
  readonly tokens: readonly SqlToken[]
  /** The cluster's name as a SQL literal. */
  readonly clusterName: string
  /** Throws: nothing can be derived. */
  refuse(reason: string): never
}

export function startsWith(tokens: readonly SqlToken[], words: readonly string[]): boolean {
  return words.every((word, index) => tokens[index]?.kind === 'word' && tokens[index].text === word)
}

/** The part of a table that lies on one server. */
export const localName = (name: string): string => `${name}_local`

/** The plain name of a table or view in the current database; anything else is refused. */
export function nameAt({ statement, tokens, refuse }: Derivation, index: number): string {
  const token = tokens[index]
  const name = token && statement.slice(token.start, token.end)
  if (name === undefined || !/^[a-z][a-z0-9_]*$/.test(name)) return refuse(`${name} is no plain name`)
  if (tokens[index + 1]?.text === '.') return refuse(`${name} is qualified with a database`)
  if (name.endsWith('_local')) return refuse(`${name} ends like the name of a local table`)
  return name
}

interface Replacement {
  readonly at: SqlToken | undefined
  readonly text: string
}

/** The statement with some of its tokens replaced, everything between them untouched. */
export function replaceTokens(statement: string, replacements: readonly Replacement[]): string {
  let result = ''
  let position = 0
  for (const { at, text } of replacements) {
    if (at === undefined || at.start < position) throw new Error('replacements are not in order')
    result += statement.slice(position, at.start) + text
    position = at.end
  }
  return result + statement.slice(position)
}

/** Whether the Distributed table has to know of a change: it has columns, and nothing else of its own. */
function concernsColumns(action: readonly SqlToken[]): boolean | undefined {
  const [verb, object] = action.map(({ text }) => text)
  if (object === 'COLUMN' && ['ADD', 'DROP', 'MODIFY', 'ALTER', 'RENAME', 'COMMENT'].includes(verb ?? '')) {
    return true
  }
  const ofTheTable = ['TTL', 'SETTING', 'ORDER', 'INDEX', 'PROJECTION', 'CONSTRAINT', 'STATISTICS']
  const known = ['ADD', 'DROP', 'MODIFY', 'RESET', 'REMOVE', 'MATERIALIZE', 'CLEAR']
  return ofTheTable.includes(object ?? '') && known.includes(verb ?? '') ? false : undefined
}

/**
 * The local table first, so that the Distributed one never names a column that is not there yet; the other way
 * round for a column that goes.
 */
export function alterTable(derivation: Derivation, nameIndex: number): string[] {
  const { statement, tokens, clusterName, refuse } = derivation
  const name = nameAt(derivation, nameIndex)
  const actions: SqlToken[][] = [[]]
  for (const token of tokens.slice(nameIndex + 1)) {
    if (token.text === ',' && token.depth === 0 && startsAction(actions.at(-1))) actions.push([])
    else actions.at(-1)?.push(token)
  }
  const concerned = actions.map(concernsColumns)
  if (concerned.includes(undefined)) return refuse('no rule for what this ALTER does')
  if (new Set(concerned).size > 1) return refuse('columns and other things are altered at once')
  const onto = (table: string) =>
    replaceTokens(statement, [{ at: tokens[nameIndex], text: `${table} ON CLUSTER ${clusterName}` }])
  if (!concerned[0]) return [onto(localName(name))]
  const goes = actions.some(([verb]) => verb?.text === 'DROP')
  if (goes && !actions.every(([verb]) => verb?.text === 'DROP')) {
    return refuse('columns are dropped and altered at once')
  }
  return goes ? [onto(name), onto(localName(name))] : [onto(localName(name)), onto(name)]
}

/** The items of MODIFY SETTING are separated by commas too: they are one action. */
function startsAction(action: readonly SqlToken[] | undefined): boolean {
  return !['SETTING', 'TTL'].includes(action?.[1]?.text ?? '')
}
