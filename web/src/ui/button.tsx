import type { ComponentProps, ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'

export type Look = 'primary' | 'plain' | 'quiet' | 'danger'

const looks: Record<Look, string> = {
  primary: 'bg-sun text-on-sun hover:bg-sun-strong font-semibold',
  plain: 'bg-surface text-ink border border-edge hover:bg-hover font-medium',
  quiet: 'text-quiet hover:bg-hover hover:text-ink font-medium',
  danger: 'bg-surface text-bad border border-bad hover:bg-bad-soft font-medium',
}

export const buttonClass = (look: Look = 'plain', small = false): string =>
  `inline-flex items-center justify-center gap-2 rounded-md text-sm transition-colors duration-(--motion-fast) ${
    small ? 'min-h-7 px-2' : 'min-h-9 px-3.5'
  } ${looks[look]} aria-disabled:opacity-55 disabled:opacity-55`

interface ButtonProps extends ComponentProps<'button'> {
  look?: Look
  small?: boolean
  icon?: IconName
  /** While true the button keeps its words and ignores clicks. */
  busy?: boolean
  children?: ReactNode
}

export function Button({
  look,
  small,
  icon,
  busy = false,
  className = '',
  children,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      onClick={(event) => {
        if (busy) event.preventDefault()
        else onClick?.(event)
      }}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      className={`${buttonClass(look, small)} ${className}`}
    >
      {icon ? (
        <Icon name={icon} size={small ? 15 : 17} className={busy ? 'motion-safe:animate-spin' : ''} />
      ) : null}
      {children}
    </button>
  )
}

/** A button that is only an icon for the eye; its name is said and shown on hover. */
export function IconButton({
  icon,
  label,
  size = 17,
  className = '',
  ...rest
}: ComponentProps<'button'> & { icon: IconName; label: string; size?: number }) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      title={label}
      className={`inline-flex size-8 items-center justify-center rounded-md text-quiet hover:bg-hover hover:text-ink disabled:opacity-45 ${className}`}
    >
      <Icon name={icon} size={size} />
    </button>
  )
}
