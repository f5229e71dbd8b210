import { type Figure, holds } from './figure.ts'

const heading = ['name', 'value', 'unit', 'goal', '']

/** One line per figure, columns aligned. A goal that is not reached is called missed, in capitals. */
export function table(figures: readonly Figure[]): string {
  const rows = [heading, ...figures.map(cells)]
  const widths = heading.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const isNumber = (column: number) => column === 1 || column === 3
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function cells(figure: Figure): string[] {
  const { name, value, unit, goal } = figure
  const reached = holds(figure)
  const wanted = goal ? ('atMost' in goal ? `<= ${goal.atMost}` : `>= ${goal.atLeast}`) : ''
  return [name, String(value), unit, wanted, reached === undefined ? '' : reached ? 'holds' : 'MISSED']
}
