/** The two lists that the coverage test compares: what the sources name, and where it is here. */
import { readFile } from 'node:fs/promises'

export interface SourceElement {
  readonly system: string
  readonly kind: string
  readonly name: string
  /** Type, columns or meaning, in the source's own words. */
  readonly detail: string
}

export interface CoverageLine extends SourceElement {
  readonly home: string
  readonly note: string
}

async function readRows(file: URL): Promise<string[][]> {
  const [, ...lines] = (await readFile(file, 'utf8')).split('\n').filter(Boolean)
  return lines.map((line) => line.split('\t').map((cell) => cell.trim()))
}

export const keyOf = ({ system, kind, name }: Pick<SourceElement, 'system' | 'kind' | 'name'>) =>
  `${system} ${kind} ${name}`

export async function readSourceElements(): Promise<SourceElement[]> {
  const rows = await readRows(new URL('source-inventory.tsv', import.meta.url))
  return rows.map(([system = '', kind = '', name = '', detail = '']) => ({ system, kind, name, detail }))
}

/** Each line of the coverage file with the source's detail; that of an element nobody names is empty. */
export async function readCoverage(elements: readonly SourceElement[]): Promise<CoverageLine[]> {
  const details = new Map(elements.map((element) => [keyOf(element), element.detail]))
  const rows = await readRows(new URL('../../../docs/source-coverage.tsv', import.meta.url))
  return rows.map(([system = '', kind = '', name = '', home = '', note = '']) => {
    const key = keyOf({ system, kind, name })
    return { system, kind, name, detail: details.get(key) ?? '', home, note }
  })
}
