import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { sessionKey } from './api/keys.ts'
import { createQueryClient } from './api/query-client.ts'
import { createAppRouter } from './router.tsx'
import { applyTheme } from './ui/theme.ts'
import './ui/app.css'

applyTheme()

const queries = createQueryClient(leaveSignedOut)
const router = createAppRouter(queries)

/** The session is over: back to sign-in, and afterwards to the place that was left. */
async function leaveSignedOut() {
  const { pathname, href } = router.state.location
  if (pathname === '/sign-in') return
  queries.removeQueries({ queryKey: sessionKey })
  await router.navigate({ to: '/sign-in', search: { next: href } })
  queries.clear()
}

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element with the id "root"')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
