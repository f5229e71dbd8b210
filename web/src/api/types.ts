import type { components } from './schema.generated.ts'

type Schemas = components['schemas']

export type Session = Schemas['Session']
export type Me = Schemas['Me']
export type Workspace = Schemas['Workspace']
export type Role = Schemas['Role']
export type Member = Schemas['Member']
export type Invitation = Schemas['Invitation']
export type CreatedInvitation = Schemas['CreatedInvitation']
export type SocialAccount = Schemas['SocialAccount']
export type Media = Schemas['Media']
export type ContentMedia = Schemas['ContentMedia']
export type Content = Schemas['Content']
export type ContentPage = Schemas['ContentPage']
export type ContentStatus = Schemas['ContentStatus']
export type Publication = Schemas['Publication']
export type PublicationStatus = Schemas['PublicationStatus']
export type Preview = Schemas['Preview']
export type Segment = Schemas['Segment']
export type Attempt = Schemas['Attempt']
export type Failure = Schemas['Failure']
export type LatestNumbers = Schemas['LatestNumbers']
export type MetricSeries = Schemas['MetricSeries']
export type Operations = Schemas['Operations']
export type OperatorDuty = Schemas['OperatorDuty']
export type DutyRun = Schemas['DutyRun']
export type ViewRefresh = Schemas['ViewRefresh']
export type PartitionArchive = Schemas['PartitionArchive']

export interface ContentDraft {
  text: string
  media: { mediaId: string; altText: string }[]
  accountIds: string[]
}
