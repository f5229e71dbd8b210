import { createTransport } from 'nodemailer'
import type { Log } from '../log.ts'

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

export interface Mailer {
  send(mail: Mail): Promise<void>
}

/** In milliseconds. What the address of the server says itself goes before these. */
export interface MailLimits {
  readonly connectionTimeout: number
  readonly greetingTimeout: number
  /** Of silence between two answers. */
  readonly socketTimeout: number
}

const usualLimits: MailLimits = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 10_000 }

/**
 * Sends by SMTP. Without a server, development shows the mail in the log; in production it is only said that
 * a mail was not sent, since a log must hold no link that lets somebody in.
 */
export function createMailer(options: {
  smtpUrl: string | undefined
  from: string
  showInLog: boolean
  log: Log
  limits?: MailLimits
}): Mailer {
  const { smtpUrl, from, log } = options
  if (!smtpUrl) {
    return {
      async send(mail) {
        if (options.showInLog)
          log.info({ to: mail.to, subject: mail.subject, text: mail.text }, 'mail (no SMTP_URL set)')
        else log.warn({ subject: mail.subject }, 'a mail was not sent: set SMTP_URL')
      },
    }
  }
  // Set afterwards, on the transport's options, they would have no effect.
  const transport = createTransport({ url: smtpUrl, ...(options.limits ?? usualLimits) }, { from })
  return {
    async send(mail) {
      await transport.sendMail(mail)
    },
  }
}
