import { roleMeanings, roleNames } from '../../api/permissions.ts'
import type { Role } from '../../api/types.ts'

export const grantable = ['admin', 'manager', 'editor', 'analyst', 'viewer'] as const satisfies Role[]
const all: readonly Role[] = ['owner', ...grantable, 'artist']

interface RoleSelectProps {
  label: string
  value: Role
  withOwner: boolean
  onChange: (role: Role) => void
}

export function RoleSelect({ label, value, withOwner, onChange }: RoleSelectProps) {
  const offered = all.filter((role) => role === value || (role === 'owner' ? withOwner : role !== 'artist'))
  return (
    <select
      aria-label={label}
      value={value}
      title={roleMeanings[value]}
      onChange={(event) => {
        const role = offered.find((one) => one === event.target.value)
        if (role) onChange(role)
      }}
      className="control text-sm"
    >
      {offered.map((role) => (
        <option key={role} value={role}>
          {roleNames[role]}
        </option>
      ))}
    </select>
  )
}
