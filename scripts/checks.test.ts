import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

/** Runs one of the check scripts on a made-up tree of `path: contents`. */
async function check(
  script: string,
  tree: Record<string, string>,
): Promise<{ code: number; output: string }> {
  const root = await mkdtemp(join(tmpdir(), 'import-rules-'))
  onTestFinished(() => rm(root, { recursive: true }))
  for (const [path, contents] of Object.entries(tree)) {
    await mkdir(join(root, dirname(path)), { recursive: true })
    await writeFile(join(root, path), contents)
  }
  return new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, script), root], (error, stdout, stderr) => {
      resolve({ code: error ? 1 : 0, output: stdout + stderr })
    })
  })
}

const allowed: Record<string, string> = {
  'server/src/main.ts':
    "import './app.ts'\nimport './config.ts'\nimport './cli/run.ts'\nimport './infra/log.ts'",
  'server/src/app.ts': "import './modules/publishing/index.ts'\nimport './connectors/registry.ts'",
  'server/src/cli/run.ts': "import '../modules/usage/index.ts'\nimport '../app.ts'",
  'server/src/modules/publishing/index.ts':
    "import './routes.ts'\nimport '../accounts/index.ts'\nimport { z } from 'zod'\nimport '../../connectors/registry.ts'",
  'server/src/modules/usage/index.ts': "import '../royalties/index.ts'",
  'server/src/connectors/bluesky/publish.ts':
    "import './auth.ts'\nimport '../failure.ts'\nimport '../../infra/outbound-http/fetch.ts'\nimport '@atproto/api'",
  'server/src/connectors/threads/index.ts': "import '../meta-graph/call.ts'",
  'server/src/connectors/registry.ts': "import './bluesky/index.ts'",
  'server/src/infra/jobs/queue.ts': "import '../log.ts'",
  'server/src/infra/jobs/queue.test.ts': "import '../../modules/publishing/publish-post.ts'",
  'server/test/harness.ts': "import '../src/modules/tenancy/queries.ts'\nimport '../../sandbox/network.ts'",
  'web/src/main.tsx': "import type { paths } from './api/schema.generated.ts'\nexport const a = <p>it's</p>",
  'bench/main.ts': "import '../server/src/infra/log.ts'",
}

test('what the architecture allows passes', async () => {
  expect(await check('check-imports.mjs', allowed)).toEqual({ code: 0, output: '' })
})

const forbidden: [importer: string, specifier: string, rule: string][] = [
  ['server/src/infra/log.ts', '../modules/tenancy/index.ts', 'infra imports nothing of the product'],
  ['server/src/infra/log.ts', '../config.ts', 'infra imports nothing of the product'],
  ['server/src/modules/tenancy/index.ts', '../accounts/index.ts', 'the module tenancy imports'],
  ['server/src/modules/publishing/index.ts', '../accounts/queries.ts', 'the module publishing imports'],
  ['server/src/modules/publishing/index.ts', '../insights/index.ts', 'the module publishing imports'],
  [
    'server/src/modules/publishing/index.ts',
    '../../connectors/bluesky/index.ts',
    'the module publishing imports',
  ],
  ['server/src/modules/alerts/index.ts', '../reports/index.ts', 'the module alerts imports'],
  ['server/src/modules/surprises/index.ts', '../tenancy/index.ts', 'a new module is named'],
  ['server/src/connectors/bluesky/index.ts', '../mastodon/index.ts', 'a connector imports'],
  ['server/src/connectors/bluesky/index.ts', '../meta-graph/call.ts', 'a connector imports'],
  ['server/src/connectors/bluesky/index.ts', '../registry.ts', 'a connector imports'],
  ['server/src/connectors/bluesky/index.ts', '../../infra/postgres/doors.ts', 'a connector imports'],
  ['server/src/analytics/run.ts', '../modules/insights/index.ts', 'analytics imports infra, and'],
  ['server/src/cli/run.ts', '../modules/tenancy/queries.ts', "cli and mcp import modules' index.ts"],
  ['server/src/main.ts', './modules/tenancy/index.ts', 'main imports app'],
  ['web/src/main.tsx', '../../server/src/config.ts', 'the web app imports nothing of the server'],
  ['sandbox/network.ts', '../server/src/infra/log.ts', 'the sandbox imports nothing of the product'],
  ['server/src/app.ts', '../../web/src/main.tsx', 'app imports'],
]

test.each(forbidden)('%s may not import %s', async (importer, specifier, rule) => {
  const { code, output } = await check('check-imports.mjs', {
    [importer]: `\nimport { a } from '${specifier}'`,
  })
  expect(code).toBe(1)
  expect(output).toContain(`${importer}:2: imports `)
  expect(output).toContain(`rule: ${rule}`)
})

test('type imports, re-exports, dynamic imports and import types are all held to the rules', async () => {
  const target = '../modules/tenancy/index.ts'
  const source = [
    `import type { A } from '${target}'`,
    `export { b } from '${target}'`,
    `export const c = () => import('${target}')`,
    `export type D = import('${target}').D`,
    `// import '${target}'`,
    `export const e = "import '${target}'"`,
  ].join('\n')
  const { output } = await check('check-imports.mjs', { 'server/src/infra/log.ts': source })
  expect(output.match(/log\.ts:\d/g)).toEqual(['log.ts:1', 'log.ts:2', 'log.ts:3', 'log.ts:4'])
})

test('a circle of files is reported once, a circle of types alone is none', async () => {
  const circle = {
    'server/src/infra/a.ts': "import './b.ts'",
    'server/src/infra/b.ts': "import './c.ts'",
    'server/src/infra/c.ts': "import './a.ts'",
  }
  const { code, output } = await check('check-imports.mjs', circle)
  expect(code).toBe(1)
  expect(output.match(/in a circle/g)).toHaveLength(1)
  const types = { ...circle, 'server/src/infra/c.ts': "import type { A } from './a.ts'" }
  expect(await check('check-imports.mjs', types)).toEqual({ code: 0, output: '' })
})

test('migration numbers are unique, gapless and begin with 0001, per engine', async () => {
  const folder = 'server/migrations/postgres'
  const run = (names: string[]) =>
    check('check-migrations.mjs', Object.fromEntries(names.map((name) => [`${folder}/${name}`, 'select 1;'])))
  expect(await run(['0001_users.sql', '0002_posts.sql'])).toEqual({ code: 0, output: '' })
  expect((await run(['0001_users.sql', '0001_posts.sql'])).output).toContain(
    'its number is taken by 0001_posts.sql',
  )
  expect((await run(['0001_users.sql', '0003_posts.sql'])).output).toContain(
    'number 0002 is missing before it',
  )
  expect((await run(['0002_users.sql'])).output).toContain('number 0001 is missing')
  expect((await run(['1_users.sql'])).output).toContain('is named like 0007_publications.sql')
})

/** A gap of a template, spelt so that it is none in this file. */
const gap = (name: string) => `$\{${name}}`
const composed: [statement: string, what: string][] = [
  [`sql.raw(\`select ${gap('word')}\`)`, 'sql.raw puts text into a statement'],
  ['sql.lit(word)', 'sql.lit puts text into a statement'],
  [`pool.query(\`select '${gap('word')}'\`)`, 'a statement is composed from text'],
  [`client.query({ query: \`select '${gap('word')}'\` })`, 'a statement is composed from text'],
  ["client.command({ query: 'select ' + word })", 'a statement is composed from text'],
]

test.each(composed)('SQL from text is refused in a module: %s', async (statement, what) => {
  const tree = { 'server/src/modules/posts/queries.ts': `const word = ''\n${statement}` }
  const { code, output } = await check('check-raw-sql.mjs', tree)
  expect(code).toBe(1)
  expect(output).toContain(`server/src/modules/posts/queries.ts:2: ${what}`)
})

test('parameters, the sql tag and statements of the engines themselves pass', async () => {
  const tree = {
    'server/src/modules/posts/queries.ts': [
      `sql\`select ${gap('word')}\`.execute(tx)`,
      "pool.query('select $1', [word])",
      "client.query({ query: 'select {w:String}' })",
    ].join('\n'),
    'server/src/infra/postgres/create-database.ts': `client.query(\`create database ${gap('name')}\`)`,
  }
  expect(await check('check-raw-sql.mjs', tree)).toEqual({ code: 0, output: '' })
})
