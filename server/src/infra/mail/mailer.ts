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

const timeoutMs = 10_000

/**
 * Sends by SMTP. Without a server, development shows the mail in the log; in production it is only said that
 * a mail was not sent, since a log must hold no link that lets somebody in.
 */
export function createMailer(options: {
  smtpUrl: string | undefined
  from: string
  showInLog: boolean
  log: Log
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
  const transport = createTransport(smtpUrl, { from })
  const limits = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs }
  Object.assign(transport.options, limits)
  return {
    async send(mail) {
      await transport.sendMail(mail)
    },
  }
}
