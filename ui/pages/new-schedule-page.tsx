import { A, useSearchParams } from '@solidjs/router'
import { createResource, Match, Show, Switch } from 'solid-js'
import { LoadError } from '../parts/load-error.tsx'
import { LookOnly } from '../parts/look-only.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { ScheduleForm } from '../schedules/schedule-form.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { initialRequest } from '../state/initial-request.ts'
import { may } from '../state/session.ts'
import { failure, settled } from '../state/settled.ts'

/** The form of a new schedule, of the demo request or of an earlier tuning. */
export default function NewSchedulePage() {
  const [query] = useSearchParams<{ from?: string }>()
  usePageTitle(() => 'New schedule')
  const [initial, { refetch }] = createResource(() => query.from ?? '', initialRequest)

  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <A href="/schedules" end>
          Schedules
        </A>{' '}
        / New
      </nav>
      <div class="page-head">
        <h1>New schedule</h1>
        <Show when={query.from}>
          {(from) => (
            <span class="quiet">
              repeats tuning <A href={`/tunings/${from()}`}>{from()}</A>
            </span>
          )}
        </Show>
      </div>
      <Switch fallback={<Skeleton lines={10} />}>
        <Match when={!may('operator')}>
          <LookOnly doing="creating schedules" role="operator" />
        </Match>
        <Match when={initial.state === 'errored'}>
          <LoadError error={failure(initial)} retry={() => void refetch()} />
        </Match>
        <Match when={settled(initial)} keyed>
          {(request) => <ScheduleForm initial={request} />}
        </Match>
      </Switch>
    </>
  )
}
