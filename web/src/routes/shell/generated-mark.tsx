import { Icon } from '../../ui/icon.tsx'
import { useHere } from './workspace-context.ts'

/** Says on every screen of a generated workspace that nothing in it is real. */
export function GeneratedMark() {
  const { workspace } = useHere()
  if (!workspace.isGenerated) return null
  return (
    <p role="note" className="flex items-start gap-2 bg-info-soft px-4 py-1.5 text-sm text-info md:px-8">
      <Icon name="info" size={16} className="mt-0.5 shrink-0" />
      <span>
        <strong>Generated data.</strong> Everything in this workspace is made up, and nothing of it reaches a
        network.
      </span>
    </p>
  )
}
