/** `node scripts/check-migrations.mjs [root]`: migrations of each engine are numbered 0001, 0002, ... once each. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './repository.mjs'

const root = process.argv[2] ?? repository
const faults = ['server/migrations/postgres', 'server/migrations/clickhouse'].flatMap(findFaults)
for (const fault of faults) console.log(fault)
process.exitCode = faults.length > 0 ? 1 : 0

function findFaults(folder) {
  const directory = join(root, folder)
  if (!existsSync(directory)) return []
  const names = readdirSync(directory).sort()
  const misnamed = names.filter((name) => !/^\d{4}_[a-z0-9_]+\.sql$/.test(name))
  const numbered = names.filter((name) => !misnamed.includes(name))
  return [
    ...misnamed.map((name) => `${folder}/${name}: a migration is named like 0007_publications.sql`),
    ...numbered.flatMap((name, index) => {
      const number = Number(name.slice(0, 4))
      const previous = index === 0 ? 0 : Number(numbered[index - 1].slice(0, 4))
      if (number === previous) return [`${folder}/${name}: its number is taken by ${numbered[index - 1]}`]
      if (number > previous + 1)
        return [`${folder}/${name}: number ${String(previous + 1).padStart(4, '0')} is missing before it`]
      return number === 0 ? [`${folder}/${name}: numbers begin with 0001`] : []
    }),
  ]
}
