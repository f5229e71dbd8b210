/** What a generated workspace is made of before anything happens in it. Small: the story is told from it. */
import { type Calendar, createCalendar, dayMs } from './calendar.ts'
import { type Network, networks } from './networks.ts'
import { createRandom, type Random } from './random.ts'
import { type Trade, trades } from './trades.ts'
import { slugOf } from './wording.ts'

export interface Person {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: 'owner' | 'admin' | 'manager' | 'editor' | 'analyst' | 'viewer' | 'artist'
  readonly joinedMs: number
  /** How much of a working day the person spends in the product, from 0 to 1. */
  readonly diligence: number
  /** Lives already: only the workspace is new. */
  readonly isThere?: boolean
}

export interface Artist {
  readonly id: string
  readonly name: string
  readonly royaltyRate: number
}

export interface Account {
  readonly id: string
  readonly network: Network
  readonly username: string
  readonly displayName: string
  readonly platformAccountId: string
  /** At the beginning of the span. */
  readonly followers: number
  /** Per day, of the followers. */
  readonly growth: number
  /** How readily this audience reacts, around 1. */
  readonly warmth: number
  /** Counters that this account's network does not tell, though it tells others. */
  readonly untold: readonly string[]
  readonly connectedMs: number
}

export interface Campaign {
  readonly id: string
  readonly name: string
  readonly startMs: number
  readonly endMs: number
}

export interface Plan {
  readonly random: Random
  readonly id: string
  readonly name: string
  readonly slug: string
  readonly trade: Trade
  readonly zone: string
  readonly currency: string
  readonly createdMs: number
  readonly calendar: Calendar
  readonly posts: number
  readonly people: readonly Person[]
  readonly owner: Person
  readonly artists: readonly Artist[]
  readonly accounts: readonly Account[]
  readonly campaigns: readonly Campaign[]
}

export interface PlanInput {
  readonly seed: number
  readonly index: number
  readonly posts: number
  readonly days: number
  readonly untilMs: number
  /** Of the demo: fixed so that it is the same to everybody. */
  readonly tradeIndex?: number
  readonly zone?: string
  readonly platforms?: readonly string[]
  readonly ownerEmail?: string
}

const zones = [
  ['Europe/Berlin', 'EUR'],
  ['America/New_York', 'USD'],
  ['Europe/London', 'GBP'],
  ['America/Los_Angeles', 'USD'],
  ['Asia/Tokyo', 'JPY'],
  ['Australia/Sydney', 'AUD'],
  ['America/Sao_Paulo', 'BRL'],
  ['Asia/Kolkata', 'INR'],
] as const

const givenNames = [
  'Mara',
  'Jonas',
  'Aisha',
  'Felix',
  'Chiara',
  'Rahul',
  'Greta',
  'Mateo',
  'Sofie',
  'Dmitri',
  'Amina',
  'Pavel',
  'Lena',
  'Hugo',
  'Nadia',
  'Owen',
]
const familyNames = [
  'Keller',
  'Sørensen',
  'Okoye',
  'Fischer',
  'Ricci',
  'Mehta',
  'Novak',
  'Duarte',
  'Lambert',
  'Hale',
  'Brandt',
  'Costa',
]
const roles = ['owner', 'admin', 'manager', 'editor', 'editor', 'analyst', 'viewer', 'artist'] as const

/** Mail to these addresses reaches nobody: the domain is reserved for examples (RFC 2606). */
export const mailDomain = 'heliograph.example'

export function planWorkspace(input: PlanInput): Plan {
  const random = createRandom(`heliograph/${input.seed}/${input.index}`)
  const trade =
    input.tradeIndex === undefined ? random.pick(trades) : (trades[input.tradeIndex] ?? random.pick(trades))
  const [zone, currency] = zones.find(([name]) => name === input.zone) ?? random.pick(zones)
  const fromMs = input.untilMs - input.days * dayMs
  const createdMs = fromMs - random.whole(20, 200) * dayMs
  const name = random.pick(trade.names)
  const suffix = random.hex(4)
  const people = planPeople(random.fork('people'), createdMs, suffix, input.ownerEmail)
  const [owner] = people
  if (!owner) throw new Error('a workspace needs an owner')
  return {
    random,
    id: random.uuid(createdMs),
    name,
    slug: `${slugOf(name)}-${suffix}`,
    trade,
    zone,
    currency,
    createdMs,
    calendar: createCalendar(zone, fromMs, input.untilMs),
    posts: input.posts,
    people,
    owner,
    artists: random
      .fork('artists')
      .sample(trade.artists, 5)
      .map((artist) => ({
        id: random.uuid(createdMs),
        name: artist,
        royaltyRate: random.pick([12.5, 15, 18, 20, 25, 50]),
      })),
    accounts: planAccounts(random.fork('accounts'), name, createdMs, input.platforms),
    campaigns: planCampaigns(random.fork('campaigns'), trade, fromMs, input.untilMs),
  }
}

function planPeople(random: Random, createdMs: number, suffix: string, ownerEmail?: string): Person[] {
  const families = random.sample(familyNames, roles.length)
  return random.sample(givenNames, roles.length).map((given, index) => {
    const role = roles[index] ?? 'viewer'
    const joinedMs = index === 0 ? createdMs : createdMs + random.whole(1, 60) * dayMs
    const name = `${given} ${families[index] ?? 'Keller'}`
    return {
      id: random.uuid(joinedMs),
      name,
      email: (role === 'owner' && ownerEmail) || `${slugOf(name)}-${suffix}@${mailDomain}`,
      role,
      joinedMs,
      diligence: random.between(0.25, 0.95),
    }
  })
}

function planAccounts(
  random: Random,
  name: string,
  createdMs: number,
  platforms?: readonly string[],
): Account[] {
  const chosen = platforms
    ? networks.filter(({ platform }) => platforms.includes(platform))
    : random.sample(networks, random.whole(3, 6))
  const size = random.logNormal(1, 0.9)
  return chosen.map((network) => {
    const connectedMs = createdMs + random.whole(0, 10) * dayMs
    return {
      id: random.uuid(connectedMs),
      network,
      username: usernameOf(network.platform, name),
      displayName: name,
      platformAccountId:
        network.platform === 'bluesky' ? `did:plc:${random.hex(12)}` : `generated-${random.hex(9)}`,
      followers: Math.round(network.followersMedian * size * random.logNormal(1, 0.6)) + 40,
      growth: random.logNormal(0.0011, 0.6),
      warmth: random.logNormal(1, 0.4),
      untold: random.chance(0.2) ? random.sample(['clicks', 'saves', 'quotes', 'reach'], 1) : [],
      connectedMs,
    }
  })
}

function planCampaigns(random: Random, trade: Trade, fromMs: number, untilMs: number): Campaign[] {
  const spanMs = untilMs - fromMs
  return trade.campaigns.map((name, index) => {
    const startMs = fromMs + (index / trade.campaigns.length) * spanMs + random.between(-0.08, 0.08) * spanMs
    return {
      id: random.uuid(startMs - 10 * dayMs),
      name,
      startMs,
      endMs: startMs + spanMs * random.between(0.2, 0.35),
    }
  })
}

/** People write their name as each network's habit is. */
function usernameOf(platform: string, name: string): string {
  const plain = slugOf(name).replaceAll('-', '')
  switch (platform) {
    case 'bluesky':
      return `${plain}.bsky.example`
    case 'mastodon':
      return `${plain}@mastodon.example`
    case 'youtube':
    case 'linkedin':
      return slugOf(name)
    case 'x':
      return plain.slice(0, 15)
    case 'facebook':
      return name.replace(/[^A-Za-z]/g, '')
    default:
      return slugOf(name).replaceAll('-', '.')
  }
}
