import { asProblem } from '../api/problem.ts'

export interface FormErrors {
  /** The message beside a field, as a sentence that starts with the field's label. */
  of(field: string, label: string): string | undefined
  /** What belongs to no field that is shown. */
  rest: string | null
}

/** Sorts the faults of a refused form to its fields; whatever names none of `shown` ends up in `rest`. */
export function formErrors(cause: unknown, shown: readonly string[]): FormErrors {
  if (cause === null || cause === undefined) return { of: () => undefined, rest: null }
  const problem = asProblem(cause)
  const placed = problem.fieldErrors.filter((fault) => shown.includes(fault.field))
  const unplaced = problem.fieldErrors.filter((fault) => !shown.includes(fault.field))
  // The detail often repeats a fault in full; it is said once.
  const loose = unplaced.map((fault) => fault.message).filter((message) => !problem.message.includes(message))
  return {
    of: (field, label) => {
      const found = placed.find((fault) => fault.field === field)
      return found ? sentence(label, found.message) : undefined
    },
    rest: placed.length > 0 && unplaced.length === 0 ? null : [problem.message, ...loose].join(' '),
  }
}

/** The server writes "is empty: ..." after a field's name; a full sentence of its own stays as it is. */
function sentence(label: string, message: string): string {
  return /^\p{Ll}/u.test(message) ? `${label} ${message}` : message
}
