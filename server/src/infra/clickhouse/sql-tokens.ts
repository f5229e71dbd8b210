/** A piece of ClickHouse SQL that is neither white space nor a comment. `end` is exclusive. */
export interface SqlToken {
  readonly kind: 'word' | 'quoted' | 'number' | 'symbol'
  /** The text as written; words are upper-cased, so that keywords compare without regard to case. */
  readonly text: string
  readonly start: number
  readonly end: number
  /** How many round, square and curly brackets are open around the token. */
  readonly depth: number
}

const spaceOrComment = /(?:\s+|--[^\n]*|#[ !][^\n]*|\/\*[\s\S]*?(?:\*\/|$))+/y
const word = /[A-Za-z_\u0080-\u{10ffff}][\w\u0080-\u{10ffff}]*/uy
const number = /\d[\w.]*/y
const quoted =
  /'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|"(?:[^"\\]|\\[\s\S]|"")*(?:"|$)|`(?:[^`\\]|\\[\s\S]|``)*(?:`|$)/y
const heredoc = /\$(\w*)\$[\s\S]*?(?:\$\1\$|$)/y

function matchAt(pattern: RegExp, sql: string, position: number): string | undefined {
  pattern.lastIndex = position
  return pattern.exec(sql)?.[0]
}

/**
 * Cuts ClickHouse SQL into tokens, lazily: a caller that stops early never looks at what follows, which may
 * be the data of an INSERT. Strings, quoted identifiers, heredocs and comments are each one piece, so that a
 * `;` or a keyword inside them is not seen. Unterminated ones reach to the end.
 *
 * It follows https://clickhouse.com/docs/sql-reference/syntax, as far as finding clauses needs it.
 */
export function* sqlTokens(sql: string): Generator<SqlToken> {
  let position = 0
  let depth = 0
  while (position < sql.length) {
    const skipped = matchAt(spaceOrComment, sql, position)
    if (skipped !== undefined) {
      position += skipped.length
      continue
    }
    const start = position
    const string = matchAt(quoted, sql, start) ?? matchAt(heredoc, sql, start)
    const name = string === undefined ? matchAt(word, sql, start) : undefined
    const digits = string === undefined && name === undefined ? matchAt(number, sql, start) : undefined
    const text = string ?? name?.toUpperCase() ?? digits ?? sql.slice(start, start + 1)
    const kind = string ? 'quoted' : name ? 'word' : digits ? 'number' : 'symbol'
    position = start + (string ?? name ?? text).length
    if (kind === 'symbol' && ')]}'.includes(text)) depth -= 1
    yield { kind, text, start, end: position, depth }
    if (kind === 'symbol' && '([{'.includes(text)) depth += 1
  }
}

/** Cuts a script into its statements at every `;` that stands outside strings and comments. */
export function splitStatements(script: string): string[] {
  const statements: string[] = []
  let first: number | undefined
  let last = 0
  for (const token of sqlTokens(script)) {
    if (token.kind === 'symbol' && token.text === ';') {
      if (first !== undefined) statements.push(script.slice(first, last))
      first = undefined
    } else {
      first ??= token.start
      last = token.end
    }
  }
  if (first !== undefined) statements.push(script.slice(first, last))
  return statements
}

/** Writes any text as a ClickHouse string literal. */
export function sqlString(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replaceAll('\0', '\\0')}'`
}

/** Writes any text as a ClickHouse identifier. */
export function sqlIdentifier(text: string): string {
  return `\`${text.replace(/[\\`]/g, '\\$&').replaceAll('\0', '\\0')}\``
}
