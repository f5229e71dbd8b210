/** A real mail server on loopback that keeps what it is sent. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import { vi } from 'vitest'

export interface ReceivedMail {
  readonly to: string
  /** The body, decoded. */
  readonly text: string
}

export interface MailServer {
  readonly url: string
  readonly mails: readonly ReceivedMail[]
  /** How many mails were refused while `refuse` was set. */
  readonly refused: number
  refuse: boolean
  /** While set, a mail is taken in and not acknowledged. */
  hold: Promise<void> | undefined
  /** Waits for a mail to this address that is not among the first `after` ones. */
  waitFor(to: string, after: number): Promise<ReceivedMail>
  stop(): Promise<void>
}

export async function startMailServer(): Promise<MailServer> {
  const mails: ReceivedMail[] = []
  let refused = 0
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, session, done) {
      buffer(stream).then(async (bytes) => {
        await state.hold
        if (state.refuse) {
          refused += 1
          return done(new Error('the mailbox is on fire'))
        }
        const to = session.envelope.rcptTo.map(({ address }) => address).join()
        mails.push({ to, text: bodyOf(bytes.toString('utf8')) })
        done()
      }, done)
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  const state: MailServer = {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    get refused() {
      return refused
    },
    refuse: false,
    hold: undefined,
    async waitFor(to, after) {
      const arrived = () => mails.slice(after).find((mail) => mail.to === to)
      return vi.waitUntil(arrived, { timeout: 10_000 })
    },
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
  return state
}

/** Quoted-printable is what mail programs make of long lines. */
function bodyOf(raw: string): string {
  const body = raw.slice(raw.indexOf('\r\n\r\n') + 4)
  if (!/^content-transfer-encoding: quoted-printable/im.test(raw)) return body
  return body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
