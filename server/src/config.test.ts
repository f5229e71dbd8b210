import { expect, test } from 'vitest'
import { ConfigError, publicUrl, readConfig } from './config.ts'

function refusal(env: Record<string, string>): string {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  throw new Error('the configuration was taken')
}

test('an empty environment is a working one: everything has a default or is optional', () => {
  expect(readConfig({})).toMatchObject({
    NODE_ENV: 'development',
    HOST: '127.0.0.1',
    PORT: 3000,
    HELIOGRAPH_PREVIOUS_SECRETS: [],
    MAIL_FROM: 'Heliograph <heliograph@localhost>',
    LOG_LEVEL: 'info',
    OUTBOUND_ALLOW_NETWORKS: [],
    TRUST_PROXY: [],
    PUBLISH_CALL_TIMEOUT_MS: 25_000,
    PUBLISH_SWEEP_INTERVAL_MS: 5_000,
  })
})

test('an empty variable counts as one that is not set', () => {
  expect(readConfig({ PORT: '', DATABASE_URL: '', HELIOGRAPH_SECRET: '', SMTP_URL: '' })).toEqual(
    readConfig({}),
  )
})

test('what is given is read in its type, and the result is frozen', () => {
  const config = readConfig({
    PORT: '8080',
    DATABASE_URL: 'postgresql://u:p@db:5432/heliograph?sslmode=verify-full',
    CLICKHOUSE_URL: 'http://u:p@ch:8123/heliograph',
    SMTP_URL: 'smtps://mail.example:465',
    HELIOGRAPH_PREVIOUS_SECRETS: ' one , two,',
    OUTBOUND_ALLOW_NETWORKS: '10.0.0.0/8, fd00::/8',
    UNRELATED: 'ignored',
  })
  expect(config).toMatchObject({
    PORT: 8080,
    DATABASE_URL: 'postgresql://u:p@db:5432/heliograph?sslmode=verify-full',
    HELIOGRAPH_PREVIOUS_SECRETS: ['one', 'two'],
    OUTBOUND_ALLOW_NETWORKS: ['10.0.0.0/8', 'fd00::/8'],
  })
  expect(config).not.toHaveProperty('UNRELATED')
  expect(Object.isFrozen(config)).toBe(true)
})

/** A wrong value for each variable, and what must be said. */
const wrong: Record<string, [value: string, message: string]> = {
  HELIOGRAPH_SECRET: ['too short', 'is too short: use at least 32 random characters'],
  NODE_ENV: ['prod', 'is none of development, test, production'],
  PORT: ['99999', 'is no whole number from 0 to 65535'],
  PUBLIC_URL: ['ftp://a.example', 'is no http or https address: use one like https://'],
  DATABASE_URL: ['mysql://a.example', 'is no PostgreSQL address: use postgres://'],
  CLICKHOUSE_URL: ['clickhouse', 'is no ClickHouse address: use http://'],
  SMTP_URL: ['smtp://', 'is no mail server address: use smtp://'],
  MAIL_FROM: ['abc', 'holds no mail address: use one like'],
  LOG_LEVEL: ['loud', 'is none of fatal, error, warn'],
  OUTBOUND_ALLOW_NETWORKS: ['10.0.0.0', 'holds something that is no network: use a comma-separated list'],
  TRUST_PROXY: ['10.0.0.0/33', 'holds something that is no network: use a comma-separated list'],
  PUBLISH_CALL_TIMEOUT_MS: ['1', 'is no whole number from 500 to 120000'],
  PUBLISH_SWEEP_INTERVAL_MS: ['fast', 'is no whole number from 100 to 30000'],
}

test('all faults are told at once, each in one line with its variable and the remedy', () => {
  const env = Object.fromEntries(Object.entries(wrong).map(([name, [value]]) => [name, value]))
  const [first, ...lines] = refusal(env).split('\n')
  expect(first).toBe('The configuration cannot be used:')
  expect(lines).toHaveLength(Object.keys(wrong).length)
  for (const [name, [, message]] of Object.entries(wrong)) {
    expect(
      lines.filter((line) => line.startsWith(`  ${name} ${message}`)),
      name,
    ).toHaveLength(1)
  }
})

test.each(Object.entries(wrong))('%s is refused alone as well', (name, [value, message]) => {
  expect(refusal({ [name]: value })).toBe(
    `The configuration cannot be used:\n${refusal({ [name]: value }).split('\n')[1]}`,
  )
  expect(refusal({ [name]: value })).toContain(`${name} ${message}`)
})

test.each([
  'postgres://u:p@db.example/heliograph',
  'postgres://u:p@10.0.0.5:5432/heliograph',
  'postgres://u:p@db.example/heliograph?sslmode=prefer',
  'postgres://u:p@localhost/heliograph?host=db.example',
])('a database on another machine is refused while nothing is said about encryption: %s', (url) => {
  expect(refusal({ DATABASE_URL: url })).toContain('add ?sslmode=verify-full')
})

test.each([
  'postgres://u:p@db.example/heliograph?sslmode=verify-full',
  'postgres://u:p@db/heliograph?sslmode=disable',
  'postgres://u:p@localhost:5432/heliograph',
  'postgres://u:p@[::1]:5432/heliograph',
  'postgres://u:p@%2Frun%2Fpostgresql/heliograph',
])('a database on this machine, or one whose transport is said, is taken: %s', (url) => {
  expect(readConfig({ DATABASE_URL: url }).DATABASE_URL).toBe(url)
})

test('an address of a socket without a host is taken, with one that every reader of addresses bears', () => {
  const config = readConfig({ DATABASE_URL: 'postgres://u:p@/heliograph?host=/run/postgresql' })
  expect(config.DATABASE_URL).toBe('postgres://u:p@localhost/heliograph?host=/run/postgresql')
})

test.each([
  'postgres://u:hunter2@ss@localhost:99999/x',
  'postgres://u:hunter2#s@localhost/x',
  'postgres://u:hunter2/s@localhost/x',
  'postgres://u:hunter2%e4@localhost/x',
  'postgres://u:hunter2%@localhost/x',
])('a database address whose parts cannot be told apart is refused, and not repeated: %s', (url) => {
  const message = refusal({ DATABASE_URL: url })
  expect(message).toContain('DATABASE_URL is no address: escape signs in the password, like %40 for @')
  expect(message.split('\n')).toHaveLength(2)
  expect(message).not.toContain('hunter2')
})

test.each(['mail.example:25', 'smtp:///mail', 'smtp://mail.example:port'])(
  'a mail server that has no host or cannot be parsed is refused: %s',
  (url) => {
    expect(refusal({ SMTP_URL: url })).toContain('SMTP_URL is no mail server address')
  },
)

test.each([
  'Heliograph',
  'Heliograph <mail>',
  'a@b@c',
  '<>',
  'Heliograph <a@b.example',
  'a@b.example\r\nBcc: c@d.example',
])('a sender without one whole mail address is refused: %j', (sender) => {
  expect(refusal({ MAIL_FROM: sender })).toContain('MAIL_FROM holds no mail address')
})

test.each([
  'mail@heliograph.example',
  'Heliograph <mail@heliograph.example>',
  '"Label, Inc." <mail@localhost>',
  'Label @ Home <mail@[127.0.0.1]>',
])('a sender with a mail address is taken: %s', (sender) => {
  expect(readConfig({ MAIL_FROM: sender }).MAIL_FROM).toBe(sender)
})

test.each(['x', '80.5', '-1', '0x50', 'NaN', 'Infinity', ' '])('the port %j is refused', (port) => {
  expect(refusal({ PORT: port })).toContain('PORT is no whole number')
})

test.each([
  '10.0.0.1',
  '999.1.1.1/8',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '::/129',
  'true',
  'loopback',
  '10.0.0.0/8,x',
])('%j is no list of networks', (list) => {
  expect(refusal({ TRUST_PROXY: list })).toContain('TRUST_PROXY holds something that is no network')
})

test('no value of a secret is repeated in the message', () => {
  const secret = 'hunter2-hunter2'
  const message = refusal({
    HELIOGRAPH_SECRET: secret,
    DATABASE_URL: `mysql://heliograph:${secret}@db/heliograph`,
    CLICKHOUSE_URL: `tcp://heliograph:${secret}@ch:9000`,
    SMTP_URL: `http://heliograph:${secret}@mail`,
    PUBLIC_URL: `ftp://heliograph:${secret}@a.example`,
    OUTBOUND_ALLOW_NETWORKS: secret,
    PORT: secret,
    NODE_ENV: secret,
  })
  expect(message.split('\n')).toHaveLength(9)
  expect(message).not.toContain(secret)
})

test('people reach the server at the given address, or at this machine', () => {
  expect(publicUrl(readConfig({ PUBLIC_URL: 'https://helio.example/' }))).toBe('https://helio.example')
  expect(publicUrl(readConfig({ PORT: '8080' }))).toBe('http://localhost:8080')
})
