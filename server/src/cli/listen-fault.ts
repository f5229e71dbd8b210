import type { Config } from '../config.ts'
import { errorCode } from '../infra/process/error-code.ts'
import { StartRefused } from '../infra/process/start-refused.ts'

/** What keeps the server from listening where HOST and PORT say, with the remedy; other faults as they are. */
export function explainListenFault(error: unknown, { HOST, PORT }: Pick<Config, 'HOST' | 'PORT'>): unknown {
  const code = errorCode(error) ?? ''
  const sentence = sentences[code]?.(HOST, PORT)
  return sentence === undefined ? error : new StartRefused(sentence, { cause: error })
}

const notHere = (reason: string) => (host: string) =>
  `HOST is "${host}", which ${reason}: leave it out for this machine alone, or set it to 0.0.0.0 to be reached from others.`
const unknown = notHere('is no name that this machine can look up')
const foreign = notHere('is no address of this machine')

const sentences: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (_host, port) => `Port ${port} is in use: stop what listens there, or set PORT to another one.`,
  EACCES: (_host, port) =>
    `This user may not listen on port ${port}: set PORT to one above 1023, with a reverse proxy before it.`,
  EADDRNOTAVAIL: foreign,
  EINVAL: foreign,
  ENOTFOUND: unknown,
  EAI_AGAIN: unknown,
}
