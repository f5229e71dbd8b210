/** Opens every screen and notes what a reader of it would suffer from. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { FullWorkspace } from './full-workspace.ts'
import { serveAvatars, type Watched, watchPage } from './watch-page.ts'

export interface Visit {
  readonly name: string
  readonly violations: readonly string[]
  /** By how many pixels the page is wider than the window. */
  readonly tooWidePx: number
  readonly layoutShift: number
  readonly foreignRequests: readonly string[]
  readonly consoleErrors: readonly string[]
}

interface Screen {
  readonly name: string
  readonly path: string
  readonly signedOut?: true
  /** What is done on the screen before it is looked at. */
  readonly open?: (page: Page) => Promise<void>
}

function screensOf(made: FullWorkspace): Screen[] {
  const at = `/w/${made.workspaceId}`
  return [
    { name: 'sign in', path: '/sign-in', signedOut: true },
    { name: 'sign up', path: '/sign-up', signedOut: true },
    { name: 'forgot password', path: '/forgot-password', signedOut: true },
    { name: 'reset password', path: '/reset-password?token=abc', signedOut: true },
    { name: 'invitation, signed out', path: made.invitationPath, signedOut: true },
    { name: 'invitation', path: made.invitationPath },
    { name: 'new workspace', path: '/new-workspace' },
    { name: 'home, first use', path: `/w/${made.emptyWorkspaceId}` },
    { name: 'home', path: at },
    { name: 'calendar, month', path: `${at}/calendar` },
    { name: 'calendar, week', path: `${at}/calendar?view=week` },
    { name: 'posts', path: `${at}/posts` },
    { name: 'post, published', path: `${at}/posts/${made.posts.published}`, open: waitForChart },
    { name: 'post, failed', path: `${at}/posts/${made.posts.failed}` },
    { name: 'post, rejected', path: `${at}/posts/${made.posts.rejected}` },
    { name: 'post, held', path: `${at}/posts/${made.posts.held}` },
    { name: 'write', path: `${at}/write` },
    { name: 'write, draft', path: `${at}/write/${made.posts.draft}?at=2030-01-31T18:30` },
    { name: 'accounts', path: `${at}/accounts` },
    { name: 'connect dialog', path: `${at}/accounts`, open: openConnectDialog },
    { name: 'disconnect dialog', path: `${at}/accounts`, open: openDisconnectDialog },
    { name: 'command palette', path: at, open: openCommandPalette },
    { name: 'keys dialog', path: at, open: openKeysDialog },
    { name: 'settings', path: `${at}/settings` },
    { name: 'operations', path: '/operations', open: runDuty },
  ]
}

const apiDelayMs = 60
const sizes = [
  { width: 1280, height: 900 },
  { width: 390, height: 844 },
]

/** Both sizes at once, each in one window. */
export async function tour(browser: Browser, serverUrl: string, made: FullWorkspace): Promise<Visit[]> {
  const visits = await Promise.all(
    sizes.map(async (viewport) => {
      const open = () =>
        browser.newContext({
          viewport,
          reducedMotion: 'reduce',
          locale: 'en-GB',
          timezoneId: 'America/New_York',
        })
      const [inside, outside] = await Promise.all([open(), open()])
      await made.owner.enter(inside)
      await serveAvatars(inside, made.avatarUrls)
      const [tabInside, tabOutside] = await Promise.all([
        openTab(inside, serverUrl, made.avatarUrls),
        openTab(outside, serverUrl, made.avatarUrls),
      ])
      const found: Visit[] = []
      for (const screen of screensOf(made)) {
        found.push(await visit(screen.signedOut ? tabOutside : tabInside, serverUrl, screen))
      }
      await Promise.all([inside.close(), outside.close()])
      return found
    }),
  )
  return visits.flat()
}

interface Tab {
  readonly page: Page
  readonly watched: Watched
}

/** One tab for all screens, each loaded anew in it: a tab for each would double the work of the tour. */
async function openTab(
  context: BrowserContext,
  serverUrl: string,
  avatarUrls: readonly string[],
): Promise<Tab> {
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const watched = watchPage(page, serverUrl, avatarUrls)
  // A server that answers at once would hide what jumps when an answer comes.
  await page.route('**/api/v1/**', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, apiDelayMs))
    await route.continue()
  })
  await page.addInitScript(noteLayoutShifts)
  // Not as a script element, which the content security policy would refuse.
  await page.addInitScript({ content: axeSource })
  return { page, watched }
}

async function visit({ page, watched }: Tab, serverUrl: string, screen: Screen): Promise<Visit> {
  await page.emulateMedia({ colorScheme: 'light' })
  await page.goto(`${serverUrl}${screen.path}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.waitForFunction(() => !document.querySelector('[aria-busy=true], .skeleton'))
  const layoutShift = await layoutShiftOf(page)
  await screen.open?.(page)
  const light = await violationsOf(page, 'light')
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await violationsOf(page, 'dark')
  const tooWidePx = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  return {
    name: `${screen.name} at ${page.viewportSize()?.width} px`,
    violations: [...light, ...dark],
    tooWidePx,
    layoutShift,
    // What comes late is told with the screen after.
    foreignRequests: watched.foreignRequests.splice(0),
    consoleErrors: watched.consoleErrors.splice(0),
  }
}

export const layoutShiftOf = (page: Page): Promise<number> =>
  page.evaluate(() => Number(document.documentElement.dataset.layoutShift ?? 0))

/** Runs in the page, before everything else. */
export function noteLayoutShifts(): void {
  let sum = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if ('value' in entry && 'hadRecentInput' in entry && !entry.hadRecentInput) sum += Number(entry.value)
    }
    document.documentElement.dataset.layoutShift = String(sum)
  }).observe({ type: 'layout-shift', buffered: true })
}

declare global {
  interface Window {
    axe: typeof axe
  }
}

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

async function violationsOf(page: Page, theme: string): Promise<string[]> {
  const found = await page.evaluate(async () => {
    // Even without motion a change of colours takes a frame, and then lasts for a hundredth of a millisecond.
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
    await Promise.all(document.getAnimations().map((animation) => animation.finished))
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] })
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id} (${help}): ${node.target.join(' ')} ${node.any[0]?.message ?? ''}`),
    )
  })
  return found.map((violation) => `${theme}: ${violation}`)
}

async function waitForChart(page: Page): Promise<void> {
  await page.locator('[role=img] svg text').first().waitFor()
}

async function openConnectDialog(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Connect Bluesky' }).click()
  await page.getByRole('dialog').getByText('Hosted elsewhere?').click()
}

async function openDisconnectDialog(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Disconnect @lighthouse.test' }).click()
  await page.getByRole('dialog').getByText('2 posts planned for it wait').waitFor()
}

async function openCommandPalette(page: Page): Promise<void> {
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog', { name: 'Go to or do' }).getByRole('option').first().waitFor()
}

async function runDuty(page: Page): Promise<void> {
  const run = page.getByRole('button', { name: 'Run now: Refresh the views' })
  await run.press('Enter')
  await page.getByText('Refreshed 6 views.').click()
  await page.getByText(/^mv_top_agents: \d+ ms/).waitFor()
}

async function openKeysDialog(page: Page): Promise<void> {
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).getByText('Show these keys').waitFor()
}
