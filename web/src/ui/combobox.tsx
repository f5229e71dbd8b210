import { type KeyboardEvent, type ReactNode, type Ref, useEffect, useId, useRef, useState } from 'react'

export interface Option {
  id: string
  label: string
  hint?: ReactNode
}

interface ComboboxListProps {
  label: string
  placeholder: string
  query: string
  onQueryChange: (query: string) => void
  options: readonly Option[]
  onPick: (option: Option) => void
  /** Shown when nothing matches. */
  none: string
  inputRef?: Ref<HTMLInputElement>
  /** For a list that is not in a dialog, which would handle the key itself. */
  onEscape?: () => void
}

/** An input and the list that it filters: arrow keys move, Enter picks, focus stays in the input. */
export function ComboboxList(props: ComboboxListProps) {
  const listId = useId()
  const [active, setActive] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const index = Math.min(active, props.options.length - 1)
  const current = props.options[index]

  useEffect(() => {
    list.current?.children[index]?.scrollIntoView({ block: 'nearest' })
  }, [index])

  const move = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: index + 1, ArrowUp: index - 1 }
    const next = steps[event.key]
    if (next !== undefined) {
      event.preventDefault()
      setActive(Math.max(0, Math.min(props.options.length - 1, next)))
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault()
      if (current) props.onPick(current)
    } else if (event.key === 'Escape') {
      props.onEscape?.()
    }
  }

  return (
    <div className="grid gap-2">
      <input
        ref={props.inputRef}
        role="combobox"
        aria-label={props.label}
        aria-expanded="true"
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={current ? `${listId}-${current.id}` : undefined}
        placeholder={props.placeholder}
        value={props.query}
        onChange={(event) => {
          setActive(0)
          props.onQueryChange(event.target.value)
        }}
        onKeyDown={move}
        autoComplete="off"
        spellCheck={false}
        className="control w-full"
      />
      <div
        ref={list}
        id={listId}
        role="listbox"
        aria-label={props.label}
        className="max-h-72 overflow-y-auto"
      >
        {props.options.map((option, position) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input handles the keys, as the combobox pattern asks
          <div
            key={option.id}
            id={`${listId}-${option.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={position === index}
            onMouseMove={() => setActive(position)}
            onClick={() => props.onPick(option)}
            className={`flex min-h-9 cursor-pointer items-center justify-between gap-3 rounded-sm px-2.5 text-sm ${
              position === index ? 'bg-hover' : ''
            }`}
          >
            <span>{option.label}</span>
            {option.hint ? <span className="text-xs text-quiet">{option.hint}</span> : null}
          </div>
        ))}
      </div>
      {props.options.length === 0 ? <p className="px-2.5 py-2 text-sm text-quiet">{props.none}</p> : null}
    </div>
  )
}

/** Options whose label holds every word of the query. */
export function matching(options: readonly Option[], query: string, limit: number): Option[] {
  const words = query
    .toLowerCase()
    .split(/[\s/_]+/)
    .filter(Boolean)
  return options
    .filter((option) => words.every((word) => option.label.toLowerCase().includes(word)))
    .slice(0, limit)
}
