/**
 * `npm run check`: types, lint and format, import rules, no SQL from text and migration numbers, side by side. Prints one line
 * each, and the full output of what failed only.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './repository.mjs'

const compiler = ['node_modules/typescript-native/bin/tsc', '--pretty', '-p']
const checks = [
  { title: 'types of the server', args: [...compiler, 'tsconfig.json'] },
  { title: 'types of the web app', args: [...compiler, 'web/tsconfig.json'], needs: 'web/tsconfig.json' },
  { title: 'lint and format', args: ['node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off'] },
  { title: 'import rules', args: ['scripts/check-imports.mjs'] },
  { title: 'no SQL from text', args: ['scripts/check-raw-sql.mjs'] },
  { title: 'migration numbers', args: ['scripts/check-migrations.mjs'] },
]

const results = await Promise.all(
  checks.filter(({ needs }) => !needs || existsSync(join(repository, needs))).map(runCheck),
)
for (const { title, passed, seconds } of results) {
  console.log(`${passed ? 'ok    ' : 'FAILED'}  ${title} (${seconds} s)`)
}
for (const { title, passed, output } of results) if (!passed) console.log(`\n${title}:\n${output.trimEnd()}`)
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1

function runCheck({ title, args }) {
  const startedAt = Date.now()
  const child = spawn(process.execPath, args, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  }
  return new Promise((resolve) => {
    const finish = (passed) =>
      resolve({ title, passed, output, seconds: ((Date.now() - startedAt) / 1000).toFixed(1) })
    child.once('error', (error) => {
      output += error.message
      finish(false)
    })
    child.once('close', (code) => finish(code === 0))
  })
}
