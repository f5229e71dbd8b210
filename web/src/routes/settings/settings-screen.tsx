import type { ReactNode } from 'react'
import { may } from '../../api/permissions.ts'
import { Page } from '../../ui/page.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { AppearanceSettings } from './appearance-settings.tsx'
import { Invitations } from './invitations.tsx'
import { Members } from './members.tsx'
import { SettingsSection } from './settings-section.tsx'
import { WorkspaceSettings } from './workspace-settings.tsx'

export function SettingsScreen(): ReactNode {
  const { workspace } = useHere()
  return (
    <Page title="Settings" lead={workspace.name}>
      <div className="divide-y divide-line">
        <SettingsSection title="Workspace" text="Its name and the zone in which it plans and reads hours.">
          <WorkspaceSettings />
        </SettingsSection>
        <SettingsSection title="Members" text="Who works here and what they may do.">
          <Members />
        </SettingsSection>
        {may(workspace.role, 'administer') ? (
          <SettingsSection title="Invitations" text="Whoever opens the link with the invited address joins.">
            <Invitations />
          </SettingsSection>
        ) : null}
        <SettingsSection title="Colours" text="On this device, for you alone.">
          <AppearanceSettings />
        </SettingsSection>
      </div>
    </Page>
  )
}
