import { isIP } from 'node:net'
import { z } from 'zod'

/** Everything that the environment decides. Parsed once, frozen, and handed down; nothing else reads `env`. */
export type Config = Readonly<z.output<typeof Environment>>

const wholeNumber = (least: number, most: number) => {
  const message = `is no whole number from ${least} to ${most}`
  const isWithin = (value: number) => value >= least && value <= most
  return z.string().regex(/^\d+$/, message).transform(Number).refine(isWithin, message)
}
const oneOf = <const Word extends string>(...words: [Word, ...Word[]]) =>
  z.enum(words, { error: `is none of ${words.join(', ')}` })
const flagList = z
  .string()
  .default('')
  .transform((list) =>
    list
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  )
const networkList = flagList.refine(
  (list) => list.every(isNetwork),
  'holds something that is no network: use a comma-separated list like 10.0.0.0/8,fd00::/8',
)

function isNetwork(item: string): boolean {
  const [address = '', prefix = '', ...rest] = item.split('/')
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  return rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits
}

/** An address by itself, or in angle brackets after a name. */
const mailSender = /^(?:[^<>\r\n]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/

const thisMachine = ['', 'localhost', '127.0.0.1', '[::1]']
const transports = ['verify-full', 'verify-ca', 'require', 'no-verify', 'disable']

/** An address of a socket may leave the host out, which `URL` does not bear. */
const withHost = (address: string) => address.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)(?=\/)/, '$1localhost')

/** Whether every part of an address can be told from the others. */
function isAddress(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { username, password, hostname, pathname } = new URL(address)
  try {
    for (const part of [username, password, hostname, pathname]) decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}

/** Without a word on it the driver would send everything in the clear. */
function saysItsTransport(address: string): boolean {
  const { hostname, searchParams } = new URL(address)
  const host = searchParams.get('host') ?? decodeURIComponent(hostname)
  if (thisMachine.includes(host) || host.startsWith('/')) return true
  return transports.includes(searchParams.get('sslmode') ?? '')
}

const Environment = z.object({
  HELIOGRAPH_DATA: z.string().min(1, 'is empty: name a folder, or leave it out').optional(),
  HELIOGRAPH_SECRET: z
    .string()
    .min(
      32,
      'is too short: use at least 32 random characters, or leave it out to have one made in the data folder',
    )
    .optional(),
  HELIOGRAPH_PREVIOUS_SECRETS: flagList,
  NODE_ENV: oneOf('development', 'test', 'production').default('development'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(3000),
  PUBLIC_URL: z
    .url({
      protocol: /^https?$/,
      error: 'is no http or https address: use one like https://heliograph.example',
    })
    .optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, {
      error: 'is no PostgreSQL address: use postgres://user:password@host:5432/database',
      abort: true,
    })
    .transform(withHost)
    .refine(isAddress, {
      error: 'is no address: escape signs in the password, like %40 for @, and see that the port is a number',
      abort: true,
    })
    .refine(
      saysItsTransport,
      'leads to another machine and does not say whether it is encrypted: add ?sslmode=verify-full, or ' +
        '?sslmode=disable where the network between the two is yours alone',
    )
    .optional(),
  CLICKHOUSE_URL: z
    .url({
      protocol: /^https?$/,
      error: 'is no ClickHouse address: use http://user:password@host:8123/database',
    })
    .optional(),
  CLICKHOUSE_CLUSTER: z
    .string()
    .regex(
      /^(\w+|\{\w+\})$/,
      'is no name of a cluster: use the name from its configuration, or a macro like {cluster}',
    )
    .optional(),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'is no Redis address: use redis://user:password@host:6379/0' })
    .optional(),
  SMTP_URL: z
    .url({
      protocol: /^smtps?$/,
      hostname: /./,
      error: 'is no mail server address: use smtp://user:password@host:587',
    })
    .optional(),
  MAIL_FROM: z
    .string()
    .regex(mailSender, 'holds no mail address: use one like Heliograph <mail@heliograph.example>')
    .default('Heliograph <heliograph@localhost>'),
  LOG_LEVEL: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'),
  OUTBOUND_ALLOW_NETWORKS: networkList,
  TRUST_PROXY: networkList,
  EVENTS_PING_INTERVAL_MS: wholeNumber(100, 60_000).default(20_000),
  PUBLISH_CALL_TIMEOUT_MS: wholeNumber(500, 120_000).default(25_000),
  PUBLISH_SWEEP_INTERVAL_MS: wholeNumber(100, 30_000).default(5_000),
})

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Parses the environment. All faults are reported at once, each with the variable's name and the remedy. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = Environment.safeParse(given)
  if (parsed.success) return Object.freeze(parsed.data)
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')} ${issue.message}`)
  throw new ConfigError(`The configuration cannot be used:\n${faults.join('\n')}`)
}

/** The address under which people reach this server, without a trailing slash. */
export function publicUrl(config: Config): string {
  return (config.PUBLIC_URL ?? `http://localhost:${config.PORT}`).replace(/\/$/, '')
}
