const mostNames = 10_000
const namesPerTurn = 500

/** Values that were changed while nobody could be told. They are taken back once the engine is there again. */
export interface OwedDrops {
  add(name: string): void
  /** Whether what is kept of this value elsewhere may still be the former one. */
  has(name: string): boolean
  /** Hands over what is owed, in turns; 'all' where it is too much to be named. What fails stays owed. */
  settle(drop: (names: readonly string[] | 'all') => Promise<void>): Promise<void>
}

export function createOwedDrops(): OwedDrops {
  let names = new Set<string>()
  let all = false
  let underWay: readonly string[] | 'all' | undefined

  const add = (name: string) => {
    if (all) return
    names.add(name)
    if (names.size <= mostNames) return
    names = new Set()
    all = true
  }
  const takeTurn = (): readonly string[] | 'all' => {
    if (all) {
      all = false
      return 'all'
    }
    const turn = [...names].slice(0, namesPerTurn)
    for (const name of turn) names.delete(name)
    return turn
  }
  return {
    add,
    has: (name) => all || names.has(name) || underWay === 'all' || (underWay?.includes(name) ?? false),
    async settle(drop) {
      while (underWay === undefined && (all || names.size > 0)) {
        // Taken out before the turn: what is given up once more during it is owed once more.
        const turn = takeTurn()
        underWay = turn
        try {
          await drop(turn)
        } catch (error) {
          if (turn === 'all') all = true
          else for (const name of turn) add(name)
          throw error
        } finally {
          underWay = undefined
        }
      }
    },
  }
}
