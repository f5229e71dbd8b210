import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router'
import { NotFoundScreen } from './routes/root/not-found-screen.tsx'
import { ProblemScreen } from './routes/root/problem-screen.tsx'
import { RootScreen } from './routes/root/root-screen.tsx'
import { enterApp, requireSession, skipWhenSignedIn } from './routes/root/session-guards.ts'
import { calendarSearch, composeSearch, nextSearch, postsSearch, tokenSearch } from './routes/search.ts'
import { NotFound } from './ui/not-found.tsx'

const rootRoute = createRootRouteWithContext<{ queries: QueryClient }>()({ component: RootScreen })

const indexRoute = createRoute({ getParentRoute: () => rootRoute, path: '/', beforeLoad: enterApp })

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: nextSearch,
  beforeLoad: skipWhenSignedIn,
  component: lazyRouteComponent(() => import('./routes/auth/sign-in-screen.tsx'), 'SignInScreen'),
})
const signUpRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-up',
  validateSearch: nextSearch,
  beforeLoad: skipWhenSignedIn,
  component: lazyRouteComponent(() => import('./routes/auth/sign-up-screen.tsx'), 'SignUpScreen'),
})
const forgotPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/forgot-password',
  component: lazyRouteComponent(
    () => import('./routes/auth/forgot-password-screen.tsx'),
    'ForgotPasswordScreen',
  ),
})
const resetPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/reset-password',
  validateSearch: tokenSearch,
  component: lazyRouteComponent(
    () => import('./routes/auth/reset-password-screen.tsx'),
    'ResetPasswordScreen',
  ),
})
const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invitations/$token',
  component: lazyRouteComponent(
    () => import('./routes/invitation/invitation-screen.tsx'),
    'InvitationScreen',
  ),
})
const newWorkspaceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/new-workspace',
  beforeLoad: requireSession,
  component: lazyRouteComponent(
    () => import('./routes/new-workspace/new-workspace-screen.tsx'),
    'NewWorkspaceScreen',
  ),
})
const operationsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/operations',
  beforeLoad: requireSession,
  component: lazyRouteComponent(
    () => import('./routes/operations/operations-screen.tsx'),
    'OperationsScreen',
  ),
})

const workspaceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/w/$workspaceId',
  beforeLoad: requireSession,
  component: lazyRouteComponent(() => import('./routes/shell/shell.tsx'), 'Shell'),
  // The shell has the main landmark already.
  notFoundComponent: NotFound,
})
const homeRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./routes/home/home-screen.tsx'), 'HomeScreen'),
})
const calendarRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: 'calendar',
  validateSearch: calendarSearch,
  component: lazyRouteComponent(() => import('./routes/calendar/calendar-screen.tsx'), 'CalendarScreen'),
})
const postsRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: 'posts',
  validateSearch: postsSearch,
  component: lazyRouteComponent(() => import('./routes/posts/posts-screen.tsx'), 'PostsScreen'),
})
const postRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: 'posts/$contentId',
  component: lazyRouteComponent(() => import('./routes/post/post-screen.tsx'), 'PostScreen'),
})
const composeRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: 'write/{-$contentId}',
  validateSearch: composeSearch,
  component: lazyRouteComponent(() => import('./routes/compose/compose-screen.tsx'), 'ComposeScreen'),
})
const accountsRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: 'accounts',
  component: lazyRouteComponent(() => import('./routes/accounts/accounts-screen.tsx'), 'AccountsScreen'),
})
const settingsRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: 'settings',
  component: lazyRouteComponent(() => import('./routes/settings/settings-screen.tsx'), 'SettingsScreen'),
})

const routeTree = rootRoute.addChildren([
  indexRoute,
  signInRoute,
  signUpRoute,
  forgotPasswordRoute,
  resetPasswordRoute,
  invitationRoute,
  newWorkspaceRoute,
  operationsRoute,
  workspaceRoute.addChildren([
    homeRoute,
    calendarRoute,
    postsRoute,
    postRoute,
    composeRoute,
    accountsRoute,
    settingsRoute,
  ]),
])

export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    context: { queries },
    defaultPreload: 'intent',
    defaultErrorComponent: ProblemScreen,
    defaultNotFoundComponent: NotFoundScreen,
    scrollRestoration: true,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
