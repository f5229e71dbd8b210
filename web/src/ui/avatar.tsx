import { useState } from 'react'

interface AvatarProps {
  name: string
  url: string | null
  size?: number
}

/** The picture of a person or account; initials where there is none or it can't be loaded. Its name stands beside it. */
export function Avatar({ name, url, size = 36 }: AvatarProps) {
  const [failed, setFailed] = useState<string | null>(null)
  const box = { width: size, height: size }
  if (url && failed !== url) {
    return (
      <img
        src={url}
        alt=""
        style={box}
        loading="lazy"
        referrerPolicy="no-referrer"
        onError={() => setFailed(url)}
        className="shrink-0 rounded-full bg-hover object-cover"
      />
    )
  }
  return (
    <span
      aria-hidden="true"
      style={{ ...box, fontSize: Math.round(size * 0.38) }}
      className="inline-flex shrink-0 items-center justify-center rounded-full bg-sun-soft font-semibold text-sun-ink"
    >
      {initials(name)}
    </span>
  )
}

function initials(name: string): string {
  const words = name
    .replace(/^@/, '')
    .split(/[\s._-]+/)
    .filter((word) => /^[\p{L}\p{N}]/u.test(word))
  const letters = words.slice(0, 2).map((word) => [...word][0] ?? '')
  return letters.join('').toUpperCase() || '·'
}
