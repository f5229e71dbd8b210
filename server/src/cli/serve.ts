import { createApp } from '../app.ts'
import { publicUrl } from '../config.ts'
import type { CommandContext } from './command.ts'
import { explainListenFault } from './listen-fault.ts'

/** Runs the roles until the process is stopped. */
export async function serve(
  context: CommandContext,
  roles: { readonly api: boolean; readonly worker: boolean },
): Promise<'stays'> {
  const { config, log, dataDirectory } = context
  const app = await createApp(context)
  try {
    if (roles.api) await app.http.listen({ host: config.HOST, port: config.PORT })
    if (roles.worker) await app.startWorker()
  } catch (error) {
    await app.stop()
    throw explainListenFault(error, config)
  }
  context.onStop(app.stop)
  const { rss } = process.memoryUsage()
  const url = roles.api ? publicUrl(config) : undefined
  log.info({ url, dataDirectory, rss, ...roles }, 'heliograph is ready')
  if (roles.api && process.stdout.isTTY) {
    console.log(`\nHeliograph serves ${publicUrl(config)} (data in ${dataDirectory}; Ctrl-C stops it)\n`)
  }
  return 'stays'
}
