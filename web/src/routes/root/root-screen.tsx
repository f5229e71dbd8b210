import { Outlet } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { LiveRegion } from '../../ui/live-region.tsx'

export function RootScreen(): ReactNode {
  return (
    <>
      <Outlet />
      <LiveRegion />
    </>
  )
}
