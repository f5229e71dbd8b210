import { useEffect, useMemo, useRef, useState } from 'react'
import { clock } from '../time/wording.ts'
import { Button } from './button.tsx'
import { ComboboxList, matching, type Option } from './combobox.tsx'
import { Icon } from './icon.tsx'

const zones = (): string[] => ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]

interface TimeZoneFieldProps {
  value: string
  onChange: (zone: string) => void
  error?: string | undefined
  disabled?: boolean
}

/** The chosen zone with its present time; opened, a searchable list of all zones. */
export function TimeZoneField({ value, onChange, error, disabled = false }: TimeZoneFieldProps) {
  const [open, setOpen] = useState(false)
  const [query, setQuery] = useState('')
  const options = useMemo<Option[]>(
    () => zones().map((zone) => ({ id: zone, label: zone.replaceAll('_', ' ') })),
    [],
  )
  const now = new Date()
  const found = matching(options, query, 60).map((option) => ({ ...option, hint: clock(now, option.id) }))
  const opener = useRef<HTMLButtonElement>(null)
  const search = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (open) search.current?.focus()
  }, [open])
  const close = () => {
    setOpen(false)
    setQuery('')
    opener.current?.focus()
  }
  return (
    <fieldset className="grid gap-1.5">
      <legend className="mb-1.5 text-sm font-medium">Time zone</legend>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <span className="text-base">
          {value.replaceAll('_', ' ')} <span className="text-quiet">(now {clock(now, value)})</span>
        </span>
        <Button
          ref={opener}
          small
          disabled={disabled}
          aria-expanded={open}
          onClick={() => (open ? close() : setOpen(true))}
        >
          {open ? 'Keep this zone' : 'Choose another zone'}
        </Button>
      </div>
      {open ? (
        <div className="mt-1 rounded-md border border-line bg-surface p-2">
          <ComboboxList
            label="Find a time zone"
            placeholder="City or region"
            query={query}
            onQueryChange={setQuery}
            options={found}
            onPick={(option) => {
              onChange(option.id)
              close()
            }}
            inputRef={search}
            onEscape={close}
            none="No zone has this name. Try the largest city nearby."
          />
        </div>
      ) : null}
      <p className="text-xs text-quiet">Times are planned and shown in this zone.</p>
      {error ? (
        <p role="alert" className="flex gap-1.5 text-sm text-bad">
          <Icon name="alert" size={15} className="mt-0.5" />
          {error}
        </p>
      ) : null}
    </fieldset>
  )
}
