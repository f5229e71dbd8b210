import {
  type ClipboardEvent,
  type DragEvent,
  type KeyboardEvent,
  type ReactNode,
  useId,
  useState,
} from 'react'
import { Icon } from '../../ui/icon.tsx'

interface TextEditorProps {
  text: string
  fault: string | undefined
  onChange: (text: string) => void
  onFiles: (files: readonly File[]) => void
  onSubmit: () => void
  /** Counter and save state, under the text. */
  children: ReactNode
}

export function TextEditor({ text, fault, onChange, onFiles, onSubmit, children }: TextEditorProps) {
  const id = useId()
  const [over, setOver] = useState(false)
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    onFiles([...event.dataTransfer.files])
  }
  const paste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files]
    if (files.length === 0) return
    event.preventDefault()
    onFiles(files)
  }
  const key = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      onSubmit()
    }
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut; the button beside it does the same
    <div
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={`rounded-lg border bg-surface focus-within:border-focus focus-within:ring-1 focus-within:ring-focus ${over ? 'border-sun-strong bg-sun-soft' : 'border-edge'}`}
    >
      <label htmlFor={id} className="sr-only">
        Post text
      </label>
      <textarea
        id={id}
        value={text}
        rows={7}
        dir="auto"
        placeholder="What do you want to say?"
        aria-invalid={fault ? true : undefined}
        aria-describedby={fault ? `${id}-fault` : undefined}
        onChange={(event) => onChange(event.target.value)}
        onPaste={paste}
        onKeyDown={key}
        className="block max-h-[60dvh] min-h-44 w-full resize-none bg-transparent px-4 pt-3.5 text-lg outline-none field-sizing-content placeholder:text-faint"
      />
      {fault ? (
        <p id={`${id}-fault`} className="flex gap-1.5 px-4 py-1 text-sm text-bad">
          <Icon name="alert" size={15} className="mt-0.5" />
          {fault}
        </p>
      ) : null}
      <div className="flex items-center justify-between gap-3 px-4 py-2">{children}</div>
    </div>
  )
}
