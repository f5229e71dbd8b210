/** Seeds the rows of matrix-rows-model.ts and makes targets of them. */
import { randomUUID } from 'node:crypto'
import type { World } from '../world.ts'
import type { SeededWorkspace } from './matrix-rows.ts'
import { type ModelRow, modelRows, q, type Values } from './matrix-rows-model.ts'
import type { Subject } from './policy-table.ts'

/** The id of the row of a subject that `seedModel` has put into a workspace. */
const seededId = (seed: SeededWorkspace, subject: string) => seed.modelIds[subject] ?? ''

function referencesOf({ refers = {} }: ModelRow, seed: SeededWorkspace): Values {
  const anchors: Readonly<Record<string, unknown>> = { ...seed }
  return Object.fromEntries(
    Object.entries(refers).map(([column, to]) => [column, q(String(anchors[to] ?? seededId(seed, to)))]),
  )
}

/** Ids for the rows of `seedModel`, chosen beforehand. */
export const chooseModelIds = (): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.keys(modelRows).map((subject) => [subject, randomUUID()]))

export async function seedModel(world: World, seed: SeededWorkspace): Promise<void> {
  for (const [subject, spec] of Object.entries(modelRows)) {
    const row = {
      workspace_id: q(seed.id),
      id: q(seededId(seed, subject)),
      ...spec.row(subject.replace(/[^a-z]+/g, '_'), seed),
      ...referencesOf(spec, seed),
    }
    await world.query(
      `insert into ${spec.table} (${Object.keys(row).join(', ')}) values (${Object.values(row).join(', ')})`,
    )
  }
}

/** How a line of the policy table is put to the test on the row that `seedModel` has made. */
export function modelTarget(subject: Subject, seed: SeededWorkspace, askerId: string | undefined) {
  const spec = modelRows[subject]
  if (!spec) throw new Error(`no row is described for ${subject}`)
  const references = referencesOf(spec, seed)
  return {
    table: spec.table.includes('.') ? spec.table : `public.${spec.table}`,
    tenant: 'workspace_id',
    key: spec.key ?? ['workspace_id', 'id'],
    where: `workspace_id = ${q(seed.id)} and id = ${q(seededId(seed, subject))}`,
    change: askerId === undefined ? (spec.jobChange ?? spec.change) : spec.change,
    fresh: { workspace_id: q(seed.id), ...spec.row('new', seed), ...references },
    references,
  }
}
