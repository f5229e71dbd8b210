/**
 * `node scripts/check-imports.mjs [root]`: holds every relative import under `root` against the table in
 * import-rules.mjs and reports circles among the server's files. Prints `file:line`, what, and the rule.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import ts from 'typescript'
import { rules } from './import-rules.mjs'
import { repository } from './repository.mjs'

const root = process.argv[2] ?? repository
const folders = ['server', 'web', 'sandbox', 'bench', 'scripts']
const skipped = new Set(['node_modules', 'dist'])

const imports = folders.flatMap((folder) => listSources(folder)).flatMap(listImports)
const faults = [...imports.flatMap(judge), ...findCircles(imports)]
for (const fault of faults) console.log(fault)
process.exitCode = faults.length > 0 ? 1 : 0

/** An import within one unit is its own business; any other must be named in the importer's rule. */
function judge({ from, line, to }) {
  const fromRule = ruleOf(from)
  const where = `${from}:${line}: imports ${to}`
  if (!fromRule) return [`${where}\n    rule: every folder has a rule in scripts/import-rules.mjs`]
  if (unitName(fromRule, from) === unitName(ruleOf(to), to)) return []
  return fromRule.may.some((pattern) => pattern.test(to)) ? [] : [`${where}\n    rule: ${fromRule.rule}`]
}

function ruleOf(path) {
  return rules.find(({ unit }) => unit.test(path))
}

/** What the pattern matched, so that two connectors under one pattern are two units. */
function unitName(rule, path) {
  return rule?.unit.exec(path)?.[0]
}

function findCircles(allImports) {
  const graph = new Map()
  for (const { from, to, isTypeOnly } of allImports) {
    if (isTypeOnly || !from.startsWith('server/src/')) continue
    graph.set(from, [...(graph.get(from) ?? []), to])
  }
  const done = new Set()
  const circles = []
  const visit = (file, path) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file])
    if (path.includes(file) || done.has(file)) return
    for (const next of graph.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  return circles.map(
    (circle) => `${circle.join(' -> ')}\n    rule: files of the server do not import each other in a circle`,
  )
}

function listSources(folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : listSources(path)
    return /\.(ts|tsx|mts|mjs|js)$/.test(entry.name) ? [path] : []
  })
}

/** Relative imports and re-exports of one file, dynamic ones included, as paths from the root. */
function listImports(from) {
  const source = ts.createSourceFile(from, readFileSync(join(root, from), 'utf8'), ts.ScriptTarget.Latest)
  const found = []
  const add = (specifier, isTypeOnly) => {
    if (!specifier || !ts.isStringLiteralLike(specifier) || !specifier.text.startsWith('.')) return
    const line = source.getLineAndCharacterOfPosition(specifier.getStart(source)).line + 1
    const to = relative(root, join(root, dirname(from), specifier.text)).replaceAll('\\', '/')
    found.push({ from, line, to, isTypeOnly })
  }
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.isTypeOnly === true)
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly)
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}
