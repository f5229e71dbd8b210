import type { Page } from 'playwright-core'

export interface Watched {
  /** Requests to anything but the server, except for pictures on this machine: the test network's avatars. */
  readonly foreignRequests: string[]
  readonly consoleErrors: string[]
}

export function watchPage(page: Page, serverUrl: string): Watched {
  const watched: Watched = { foreignRequests: [], consoleErrors: [] }
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin === new URL(serverUrl).origin || ['blob:', 'data:'].includes(url.protocol)) return
    const local = url.hostname === 'localhost' || url.hostname === '127.0.0.1'
    if (!(local && request.resourceType() === 'image')) watched.foreignRequests.push(request.url())
  })
  page.on('pageerror', (error) => watched.consoleErrors.push(String(error)))
  page.on('console', (message) => {
    // Asking who is signed in is how a page learns that nobody is; the browser notes the 401 as an error.
    if (message.location().url === `${serverUrl}/api/v1/auth/session`) return
    if (message.type() === 'error' || message.type() === 'warning') watched.consoleErrors.push(message.text())
  })
  return watched
}
