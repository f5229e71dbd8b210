import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createLog } from '../log.ts'
import { createMailer, type MailLimits } from './mailer.ts'

/** Longer than any of these tests may wait. */
const patient: MailLimits = { connectionTimeout: 20_000, greetingTimeout: 20_000, socketTimeout: 20_000 }
const mail = { to: 'alice@example.com', subject: 'Hello', text: 'Hello, Alice.' }

let server: Server
const sockets = new Set<Socket>()
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  server.close()
})

/** A mail server of which only this is known: how it behaves on a connection. */
async function startServer(behave: (socket: Socket) => void): Promise<string> {
  server = createServer((socket) => {
    sockets.add(socket)
    behave(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function failureOf(
  smtpUrl: string,
  change: Partial<MailLimits>,
): Promise<{ message: string; tookMs: number }> {
  const mailer = createMailer({
    smtpUrl,
    from: 'heliograph@example.com',
    showInLog: false,
    log: createLog('silent'),
    limits: { ...patient, ...change },
  })
  const startedAtMs = performance.now()
  const error = await mailer.send(mail).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Error)) throw new Error('the mail was sent')
  return { message: error.message, tookMs: performance.now() - startedAtMs }
}

const silent = () => undefined
const greeting = (socket: Socket) => socket.write('220 mail.example.com ESMTP\r\n')

test('a mail server that never greets is given up in time', async () => {
  const { message, tookMs } = await failureOf(await startServer(silent), { greetingTimeout: 300 })
  expect(message).toMatch(/greeting/i)
  expect(tookMs).toBeLessThan(5_000)
})

test('a mail server that greets and then falls silent is given up in time', async () => {
  const { message, tookMs } = await failureOf(await startServer(greeting), { socketTimeout: 300 })
  expect(message).toMatch(/timeout/i)
  expect(tookMs).toBeLessThan(5_000)
})

test('limits that the address of the server names itself go before ours', async () => {
  const url = await startServer(silent)
  const { message, tookMs } = await failureOf(`${url}?greetingTimeout=300`, {})
  expect(message).toMatch(/greeting/i)
  expect(tookMs).toBeLessThan(5_000)
})
