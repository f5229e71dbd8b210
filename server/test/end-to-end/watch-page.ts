import type { BrowserContext, Page } from 'playwright-core'
import sharp from 'sharp'

export interface Watched {
  /** Requests to anything but the server, except for the accounts' pictures on their network. */
  readonly foreignRequests: string[]
  readonly consoleErrors: string[]
}

export function watchPage(page: Page, serverUrl: string, avatarUrls: readonly string[] = []): Watched {
  const watched: Watched = { foreignRequests: [], consoleErrors: [] }
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin === new URL(serverUrl).origin || ['blob:', 'data:'].includes(url.protocol)) return
    if (!avatarUrls.includes(request.url())) watched.foreignRequests.push(request.url())
  })
  page.on('pageerror', (error) => watched.consoleErrors.push(String(error)))
  page.on('console', (message) => {
    // Asking who is signed in is how a page learns that nobody is; the browser notes the 401 as an error.
    if (message.location().url === `${serverUrl}/api/v1/auth/session`) return
    if (message.type() === 'error' || message.type() === 'warning') watched.consoleErrors.push(message.text())
  })
  return watched
}

const picture = await sharp({ create: { width: 90, height: 90, channels: 3, background: '#20315c' } })
  .png()
  .toBuffer()

/** The test network names its pictures by a host that does not exist: this stands in for that host. */
export async function serveAvatars(context: BrowserContext, avatarUrls: readonly string[]): Promise<void> {
  for (const url of avatarUrls) {
    await context.route(url, (route) => route.fulfill({ contentType: 'image/png', body: picture }))
  }
}
