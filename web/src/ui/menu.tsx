import { DropdownMenu as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'

interface MenuProps {
  trigger: ReactNode
  children: ReactNode
  align?: 'start' | 'end'
  side?: 'top' | 'bottom'
}

/**
 * Not modal, so that Radix injects no style element to lock scrolling (the content security policy refuses
 * it), and without a portal, so that it stays in the landmark of its trigger.
 */
export function Menu({ trigger, children, align = 'start', side = 'bottom' }: MenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Content
        align={align}
        side={side}
        sideOffset={6}
        collisionPadding={8}
        className="appear z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-56 max-w-80 overflow-y-auto rounded-md border border-line bg-raised p-1 shadow-raised"
      >
        {children}
      </Radix.Content>
    </Radix.Root>
  )
}

const itemClass =
  'flex min-h-8 items-center gap-2.5 rounded-sm px-2.5 text-sm outline-none select-none data-highlighted:bg-hover'

export function MenuItem({
  icon,
  onSelect,
  children,
}: {
  icon?: IconName
  onSelect: () => void
  children: ReactNode
}) {
  return (
    <Radix.Item className={itemClass} onSelect={onSelect}>
      {icon ? <Icon name={icon} size={16} className="text-quiet" /> : null}
      {children}
    </Radix.Item>
  )
}

interface MenuChoiceProps<T extends string> {
  label: string
  value: T
  onChange: (value: T) => void
  options: readonly { value: T; label: ReactNode }[]
}

export function MenuChoice<T extends string>({ label, value, onChange, options }: MenuChoiceProps<T>) {
  return (
    <Radix.RadioGroup
      aria-label={label}
      value={value}
      onValueChange={(picked) => {
        const option = options.find((candidate) => candidate.value === picked)
        if (option) onChange(option.value)
      }}
    >
      <Radix.Label className="px-2.5 pt-2 pb-1 text-xs font-medium text-quiet">{label}</Radix.Label>
      {options.map((option) => (
        <Radix.RadioItem key={option.value} value={option.value} className={`${itemClass} ps-8 relative`}>
          <Radix.ItemIndicator className="absolute start-2">
            <Icon name="check" size={16} />
          </Radix.ItemIndicator>
          {option.label}
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  )
}

export const MenuLine = () => <Radix.Separator className="my-1 h-px bg-line" />
