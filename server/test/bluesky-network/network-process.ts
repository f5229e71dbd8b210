import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { FromNetwork, Question } from './protocol.ts'

export type Ask = { method: 'processAll' } | { method: 'revokeSessions'; did: string }

export interface NetworkProcess {
  readonly pid: number | undefined
  readonly pdsUrl: string
  ask(question: Ask): Promise<void>
  hasEnded(): boolean
  stop(): Promise<void>
}

const preloaded = ['loopback-only.mjs', 'keep-statements.mjs']
const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Launches the network's process and waits until its servers answer. It ends when this process ends. */
export async function startNetworkProcess(postgresUrl: string | undefined): Promise<NetworkProcess> {
  const child = fork(pathOf('main.ts'), {
    // The deprecation that it silences is one of the AppView's own.
    execArgv: ['--no-deprecation', ...preloaded.flatMap((name) => ['--import', pathOf(name)])],
    env: { ...process.env, NODE_OPTIONS: '', BLUESKY_NETWORK_POSTGRES_URL: postgresUrl ?? '' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  const waiting = new Map<number, PromiseWithResolvers<void>>()
  const started = Promise.withResolvers<string>()

  child.on('message', (message: FromNetwork) => {
    if (message.kind === 'ready') return started.resolve(message.pdsUrl)
    if (message.kind === 'failed') {
      return started.reject(new Error(`the Bluesky test network did not start: ${message.error}`))
    }
    const question = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.error === undefined) question?.resolve()
    else question?.reject(new Error(message.error))
  })
  child.once('exit', () => {
    const gone = new Error('the Bluesky test network has ended')
    started.reject(gone)
    for (const question of waiting.values()) question.reject(gone)
  })

  const pdsUrl = await started.promise
  let lastId = 0
  return {
    pid: child.pid,
    pdsUrl,
    ask(question) {
      const answer = Promise.withResolvers<void>()
      lastId += 1
      waiting.set(lastId, answer)
      child.send({ id: lastId, ...question } satisfies Question)
      return answer.promise
    },
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async stop() {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}
