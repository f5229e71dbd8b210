import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { operationsQuery } from '../../api/operations.ts'
import type { Operations } from '../../api/types.ts'
import { viewerZone } from '../../time/wording.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Mark } from '../../ui/mark.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { ArchiveTable } from './archive-table.tsx'
import { DutyTable } from './duty-table.tsx'
import { RefreshTable } from './refresh-table.tsx'
import { trouble } from './words.ts'

const calmMs = 30_000
const busyMs = 2_000

/** How often the page asks anew: closely while something runs. */
const pace = (data: Operations | undefined): number =>
  data?.duties.some(({ runs: [last] }) => last?.result === 'running') ? busyMs : calmMs

/** For whoever looks after the installation; it belongs to no workspace. Times are the reader's own. */
export function OperationsScreen(): ReactNode {
  const operations = useQuery({ ...operationsQuery, refetchInterval: ({ state }) => pace(state.data) })
  return (
    <div className="min-h-dvh">
      <header className="flex items-center justify-between gap-4 border-b border-line bg-surface px-4 py-2 md:px-8">
        <p className="flex items-center gap-2.5 font-semibold tracking-tight">
          <Mark size={26} />
          Heliograph
        </p>
        <Link to="/" className={buttonClass('quiet', true)}>
          Back to my workspace
        </Link>
      </header>
      <main>
        <Page
          title="Operations"
          lead="What this installation does by the clock, for all workspaces together."
        >
          <Loaded query={operations} skeleton={<SkeletonRows count={12} />} what="the duties">
            {(data) => <Overview {...data} />}
          </Loaded>
        </Page>
      </main>
    </div>
  )
}

function Overview({ duties, refreshes, archives }: Operations) {
  const zone = viewerZone()
  const amiss = trouble(duties)
  return (
    <div className="grid gap-10">
      <section aria-label="Duties" className="grid gap-4">
        {amiss ? (
          <Notice tone="warn" title={amiss}>
            Each says below why, and what you can do.
          </Notice>
        ) : null}
        <DutyTable duties={duties} zone={zone} />
      </section>
      <section aria-labelledby="refreshes" className="grid gap-3">
        <h2 id="refreshes" className="text-lg font-semibold">
          Views
        </h2>
        <RefreshTable refreshes={refreshes} zone={zone} />
      </section>
      <section aria-labelledby="archives" className="grid gap-3">
        <h2 id="archives" className="text-lg font-semibold">
          Archive
        </h2>
        <ArchiveTable archives={archives} zone={zone} />
      </section>
    </div>
  )
}
