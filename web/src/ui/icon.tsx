const paths = {
  home: 'M4 11.5 12 5l8 6.5M6 10v9h12v-9M10 19v-5h4v5',
  calendar: 'M5 6h14v14H5zM5 10.5h14M9 3.5V8M15 3.5V8',
  posts: 'M5 5h14v5H5zM5 14h14v5H5z',
  write: 'M5 19l1-4.2L15.8 5a2 2 0 0 1 2.8 0l.4.4a2 2 0 0 1 0 2.8L9.2 18z M13.8 7l3.2 3.2',
  accounts: 'M12 12a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM5 19.5c.8-3.4 3.5-5 7-5s6.2 1.6 7 5',
  settings: 'M4 7.5h9M17 7.5h3M15 5.5v4M4 16.5h3M11 16.5h9M9 14.5v4',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  clock: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7.5V12l3 2',
  cross: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  info: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 11v5M12 7.8v.2',
  question: 'M9 9.2a3 3 0 1 1 4.3 2.7c-.9.5-1.3 1-1.3 2.1M12 17.3v.2',
  alert: 'M12 4.5 21 20H3zM12 10.5v4M12 17v.2',
  send: 'M4 12 20 4.5 15.5 20l-3.7-6z M20 4.5 11.8 14',
  pause: 'M9 6v12M15 6v12',
  archive: 'M4.5 5h15v4h-15zM6 9v10h12V9M10 12.5h4',
  plus: 'M12 5.5v13M5.5 12h13',
  image: 'M4 5h16v14H4zM4 16l4.5-4.5 4 4L16 12l4 4M9 9.5v.1',
  up: 'M6 14.5 12 8.5l6 6',
  down: 'M6 9.5l6 6 6-6',
  left: 'M14.5 6l-6 6 6 6',
  right: 'M9.5 6l6 6-6 6',
  external: 'M13 5h6v6M19 5l-8.5 8.5M10 6H5v13h13v-5',
  refresh: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4.5V9H15',
  copy: 'M9 9h10.5v10.5H9zM15 9V4.5H4.5V15H9',
  menu: 'M4 7h16M4 12h16M4 17h16',
  more: 'M6 12v.1M12 12v.1M18 12v.1',
  trash: 'M5 7h14M9.5 7V4.5h5V7M7 7l.8 12.5h8.4L17 7',
  search: 'M10.5 16.5a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM15 15l4.5 4.5',
  key: 'M8 19a4 4 0 1 1 3.7-5.5H20v3h-2.5V19h-3v-2.5h-2.8A4 4 0 0 1 8 19z',
  rail: 'M4 5h16v14H4zM9.5 5v14',
} as const

export type IconName = keyof typeof paths

export function Icon({
  name,
  size = 18,
  className = '',
}: {
  name: IconName
  size?: number
  className?: string
}) {
  return (
    <svg
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={`shrink-0 ${className}`}
    >
      <path d={paths[name]} />
    </svg>
  )
}
