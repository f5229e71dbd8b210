import type { SocialAccount } from '../api/types.ts'

const order = ['likes', 'comments', 'shares', 'quotes', 'views', 'impressions', 'reach', 'clicks', 'saves']

const byCatalogue = (a: string, b: string): number => place(a) - place(b)
const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length)

export interface NamedMetric {
  name: string
  label: string
}

/** The counters of a network in one fixed order, in its own words; without the account, whatever was read. */
export function metricsOf(account: SocialAccount | undefined, read: readonly string[]): NamedMetric[] {
  const labels = account?.metricLabels ?? {}
  const names = new Set([...Object.keys(labels), ...read])
  return [...names].toSorted(byCatalogue).map((name) => ({ name, label: labels[name] ?? capitalised(name) }))
}

const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)
