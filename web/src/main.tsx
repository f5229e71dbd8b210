import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createQueryClient } from './api/query-client.ts'
import { createAppRouter } from './router.tsx'
import { applyTheme } from './ui/theme.ts'
import './ui/app.css'

applyTheme()

const queries = createQueryClient(() => {
  queries.clear()
  void router.navigate({ to: '/sign-in', search: { next: router.state.location.href } })
})
const router = createAppRouter(queries)

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element with the id "root"')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
