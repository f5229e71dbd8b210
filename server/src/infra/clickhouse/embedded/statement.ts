import { type SqlToken, sqlString, sqlTokens } from '../sql-tokens.ts'
import { syntaxError } from './exception.ts'

/** Where the data of an INSERT begins, and the statement around it. */
export interface InsertWithData {
  readonly format: string
  /** Offset of the first byte of data, in the text that was analysed. */
  readonly dataStart: number
  /** The same INSERT, reading its data from a file. */
  readingFrom(path: string): string
}

const wordsBeforeInlineData = new Set(['FORMAT', 'VALUES'])
const insertWithoutData = new Set(['SELECT', 'WITH', 'FROM', 'WATCH', 'INFILE'])

/**
 * Recognises `INSERT INTO t (...) [SETTINGS ...] FORMAT X` and `INSERT INTO t (...) VALUES`, whose data
 * follow in the text, without looking at the data. The data begin after the line break that follows the
 * format, as on a server. Returns undefined for any other statement.
 *
 * `text` holds one character per byte (latin1), so that offsets are byte offsets even if the data are binary.
 */
export function findInsertWithData(text: string): InsertWithData | undefined {
  const seen: SqlToken[] = []
  let settingsStart: number | undefined
  for (const token of sqlTokens(text)) {
    if (seen.length === 0 && token.text !== 'INSERT') return undefined
    const previous = seen.at(-1)
    seen.push(token)
    // The first three tokens are INSERT INTO and a name, which may be a word that means something elsewhere.
    if (seen.length <= 3 || token.depth > 0 || token.kind !== 'word' || previous?.text === '.') continue
    if (insertWithoutData.has(token.text)) return undefined
    if (token.text === 'SETTINGS') settingsStart ??= token.start
    if (!wordsBeforeInlineData.has(token.text)) continue
    const name =
      token.text === 'VALUES' ? undefined : /^\s*(\w+)/.exec(text.slice(token.end, token.end + 200))
    if (token.text === 'FORMAT' && name?.[1] === undefined) return undefined
    const format = name?.[1] ?? 'Values'
    const formatEnd = token.end + (name?.[0].length ?? 0)
    const gap = /^[ \t]*;?[ \t]*(?:\r?\n)?/.exec(text.slice(formatEnd, formatEnd + 1_000))?.[0].length ?? 0
    const head = text.slice(0, settingsStart ?? token.start)
    const settings = settingsStart === undefined ? '' : text.slice(settingsStart, token.start)
    return {
      format,
      dataStart: formatEnd + gap,
      readingFrom(path) {
        const prefix = Buffer.from(head, 'latin1').toString('utf8')
        const clauses = Buffer.from(settings, 'latin1').toString('utf8')
        return `${prefix} FROM INFILE ${sqlString(path)} COMPRESSION 'none' ${clauses} FORMAT ${format}`
      },
    }
  }
  return undefined
}

/** What has to be known of a statement before the engine gets it. */
export interface AnalysedStatement {
  /** The statement without a final `;` and without comments after it. */
  readonly sql: string
  /** First keyword, upper-cased. */
  readonly keyword: string
  /** Names of its `{name:Type}` substitutions. */
  readonly substitutions: ReadonlySet<string>
  /** The format it asks for itself. */
  readonly format: string | undefined
  /** The same statement writing its result to a file, in its own format or the given one. */
  writingTo(path: string, defaultFormat: string): string
}

const keywordsWithResult = new Set([
  'SELECT',
  'WITH',
  '(',
  'FROM',
  'SHOW',
  'DESCRIBE',
  'DESC',
  'EXPLAIN',
  'EXISTS',
])

/** True for a statement that returns rows and changes nothing. */
export function returnsRows(statement: AnalysedStatement): boolean {
  return keywordsWithResult.has(statement.keyword)
}

/** Reads one statement; refuses several at once, as the HTTP interface of a server does. */
export function analyseStatement(text: string): AnalysedStatement {
  const tokens = [...sqlTokens(text)]
  const firstEnd = tokens.findIndex((token) => token.kind === 'symbol' && token.text === ';')
  const statement = firstEnd === -1 ? tokens : tokens.slice(0, firstEnd)
  if (tokens.slice(statement.length).some((token) => token.text !== ';')) {
    throw syntaxError('Syntax error (Multi-statements are not allowed): send one statement per request.')
  }
  const [first] = statement
  const last = statement.at(-1)
  if (first === undefined || last === undefined) throw syntaxError('Syntax error: Empty query.')
  const substitutions = new Set<string>()
  let formatAt: number | undefined
  statement.forEach((token, index) => {
    const [next, afterNext] = [statement[index + 1], statement[index + 2]]
    if (token.text === '{' && next?.kind === 'word' && afterNext?.text === ':') {
      substitutions.add(text.slice(next.start, next.end))
    }
    const endsClause = afterNext === undefined || afterNext.text === 'SETTINGS'
    if (
      token.kind === 'word' &&
      token.text === 'FORMAT' &&
      token.depth === 0 &&
      next?.kind === 'word' &&
      endsClause
    ) {
      formatAt = index
    }
  })
  const formatToken = formatAt === undefined ? undefined : statement[formatAt]
  const formatName = formatAt === undefined ? undefined : statement[formatAt + 1]
  const sql = text.slice(0, last.end)
  return {
    sql,
    keyword: first.text,
    substitutions,
    format: formatName && text.slice(formatName.start, formatName.end),
    writingTo(path, defaultFormat) {
      const outfile = `INTO OUTFILE ${sqlString(path)} TRUNCATE COMPRESSION 'none'`
      if (formatToken === undefined) return `${sql}\n${outfile} FORMAT ${defaultFormat}`
      return `${sql.slice(0, formatToken.start)}\n${outfile} ${sql.slice(formatToken.start)}`
    },
  }
}
