import type { Content, Publication } from '../../api/types.ts'

const nowhere: readonly Publication['status'][] = ['scheduled', 'failed', 'cancelled']

/** True while no share of a planned post is out or on its way; the server refuses all others. */
export const mayBeTakenBack = ({ status, publications }: Content): boolean =>
  status === 'scheduled' && publications.every((publication) => nowhere.includes(publication.status))
