import type { IconName } from '../../ui/icon.tsx'

export const rooms = [
  { to: '/w/$workspaceId', label: 'Home', icon: 'home', key: 'h', exact: true },
  { to: '/w/$workspaceId/calendar', label: 'Calendar', icon: 'calendar', key: 'c', exact: false },
  { to: '/w/$workspaceId/posts', label: 'Posts', icon: 'posts', key: 'p', exact: false },
  { to: '/w/$workspaceId/accounts', label: 'Accounts', icon: 'accounts', key: 'a', exact: false },
  { to: '/w/$workspaceId/settings', label: 'Settings', icon: 'settings', key: 's', exact: false },
] as const satisfies { to: string; label: string; icon: IconName; key: string; exact: boolean }[]

export type Room = (typeof rooms)[number]
