import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { type RunningServer, startServer } from '../running-server.ts'
import { openBrowser } from './browser.ts'

/** What a test of screens begins with: a server on a new folder of its own, and a browser to look at it. */
export interface OpenProduct {
  readonly directory: string
  readonly server: RunningServer
  readonly browser: Browser
}

export async function openProduct(environment: Record<string, string>): Promise<OpenProduct> {
  const directory = await mkdtemp(join(tmpdir(), 'heliograph-screens-'))
  // As root the database runs under an account of its own, which has to get in.
  await chmod(directory, 0o711)
  const [server, browser] = await Promise.all([startServer(directory, environment), openBrowser()])
  return { directory, server, browser }
}

/** Also where it never came to be open. */
export async function closeProduct({ directory, server, browser }: Partial<OpenProduct>): Promise<void> {
  await browser?.close()
  await server?.stop()
  if (directory) await rm(directory, { recursive: true, force: true })
}
