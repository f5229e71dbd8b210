/**
 * `node scripts/check-raw-sql.mjs [root]`: where a person's words arrive, no statement is put together from
 * text. Values travel as parameters, which Kysely's builder and its `sql` tag see to; what goes round them is
 * named here. The code under infra/, which hears no person, escapes names by the driver's own means.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'
import { repository } from './repository.mjs'

const root = process.argv[2] ?? repository
const folders = ['server/src/modules', 'server/src/connectors', 'server/src/analytics', 'server/src/mcp']
const rule = 'rule: values go into SQL as parameters (style of the `sql` tag), never as text'

const faults = folders.flatMap(listSources).flatMap(findFaults)
for (const fault of faults) console.log(`${fault}\n    ${rule}`)
process.exitCode = faults.length > 0 ? 1 : 0

function findFaults(path) {
  const source = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest)
  const found = []
  const report = (node, what) => {
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
    found.push(`${path}:${line}: ${what}`)
  }
  const visit = (node) => {
    if (isBypass(node)) report(node, `sql.${node.name.text} puts text into a statement`)
    if (ts.isCallExpression(node) && isSender(node.expression) && statementsOf(node).some(isComposed))
      report(node, 'a statement is composed from text')
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function isBypass(node) {
  return (
    ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'sql' &&
    ['raw', 'lit'].includes(node.name.text)
  )
}

function isSender(callee) {
  return ts.isPropertyAccessExpression(callee) && ['query', 'command', 'exec'].includes(callee.name.text)
}

/** The first argument, or the property `query` of it. */
function statementsOf({ arguments: [first] }) {
  if (!first || !ts.isObjectLiteralExpression(first)) return first ? [first] : []
  return first.properties.flatMap((property) =>
    ts.isPropertyAssignment(property) && property.name.text === 'query' ? [property.initializer] : [],
  )
}

function isComposed(node) {
  return (
    ts.isTemplateExpression(node) ||
    (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
  )
}

function listSources(folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) return listSources(path)
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts') ? [path] : []
  })
}
