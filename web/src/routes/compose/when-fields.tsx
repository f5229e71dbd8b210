import { useState } from 'react'
import { cityOf, viewerZone } from '../../time/wording.ts'
import { suggestedTime } from './plan.ts'

interface WhenFieldsProps {
  zone: string
  at: string | undefined
  fault: string | null
  onChange: (at: string | undefined) => void
}

/** Now, or a date and a time in the workspace's zone. */
export function WhenFields({ zone, at, fault, onChange }: WhenFieldsProps) {
  // Native inputs are empty while somebody types a part of them; only whole values move on.
  const [date, setDate] = useState(at?.slice(0, 10) ?? '')
  const [time, setTime] = useState(at?.slice(11) ?? '')
  const set = (nextDate: string, nextTime: string) => {
    setDate(nextDate)
    setTime(nextTime)
    if (nextDate && nextTime) onChange(`${nextDate}T${nextTime}`)
  }
  const planned = at !== undefined
  const zoneNote =
    zone === viewerZone()
      ? `Time in ${cityOf(zone)}`
      : `Time in ${cityOf(zone)}; you are in ${cityOf(viewerZone())}`
  return (
    <fieldset className="grid gap-3">
      <legend className="mb-2 text-sm font-medium">When</legend>
      <div className="flex flex-wrap gap-x-5 gap-y-2 text-sm">
        <Choice label="Now" checked={!planned} onPick={() => onChange(undefined)} />
        <Choice
          label="Later"
          checked={planned}
          onPick={() => {
            const suggested = suggestedTime(new Date(), zone)
            set(suggested.slice(0, 10), suggested.slice(11))
          }}
        />
      </div>
      {planned ? (
        <div className="grid gap-1.5">
          <div className="flex flex-wrap gap-2">
            <input
              type="date"
              aria-label="Date"
              aria-describedby="when-note"
              aria-invalid={fault ? true : undefined}
              // No year of more than four digits, which the address could not keep.
              max="9999-12-31"
              value={date}
              onChange={(event) => set(event.target.value, time)}
              className="control"
            />
            <input
              type="time"
              aria-label="Time"
              aria-describedby="when-note"
              aria-invalid={fault ? true : undefined}
              value={time}
              onChange={(event) => set(date, event.target.value)}
              className="control"
            />
          </div>
          <p id="when-note" className={`text-xs ${fault ? 'text-bad' : 'text-quiet'}`}>
            {fault ?? zoneNote}
          </p>
        </div>
      ) : null}
    </fieldset>
  )
}

function Choice({ label, checked, onPick }: { label: string; checked: boolean; onPick: () => void }) {
  return (
    <label className="flex min-h-7 items-center gap-2">
      <input
        type="radio"
        name="when"
        checked={checked}
        onChange={onPick}
        className="size-4 accent-sun-strong"
      />
      {label}
    </label>
  )
}
