import type pg from 'pg'
import { asRole } from './database-roles.ts'
import type { Plan } from './plan.ts'

/**
 * Whoever of the planned people is there already, from a workspace that was removed while a workspace of people held
 * them, is the same person again.
 */
export async function withPeopleOfBefore(client: pg.ClientBase, plan: Plan): Promise<Plan> {
  const known = await asRole<{ id: string; email: string }>(
    client,
    'generator_service',
    'select id, email from users where id = any ($1) or email = any ($2)',
    [plan.people.map(({ id }) => id), plan.people.map(({ email }) => email)],
  )
  if (!known.length) return plan
  const people = plan.people.map((person) => {
    const before = known.find(({ id, email }) => id === person.id || email === person.email)
    return before ? { ...person, id: before.id, isThere: true } : person
  })
  return { ...plan, people, owner: people[0] ?? plan.owner }
}
