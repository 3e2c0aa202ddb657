import { A, useNavigate, useParams } from '@solidjs/router'
import { createResource, createSignal, For, Show } from 'solid-js'
import { objectiveMetric } from '../../domain/tuning.ts'
import { ConnectionPill } from '../parts/connection-pill.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import { TimeOf } from '../parts/time-of.tsx'
import { RunsTable } from '../schedules/runs-table.tsx'
import { ScheduleActions } from '../schedules/schedule-actions.tsx'
import { TrendChart } from '../schedules/trend-chart.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import type { Followed } from '../state/followed.ts'
import { createNow } from '../state/now.ts'
import type { ScheduleView } from '../state/schedule-state.ts'
import { createScheduleStore } from '../state/schedule-store.ts'
import { settled } from '../state/settled.ts'
import { OVERLAP_WORDS, timingText } from '../words/schedule-words.ts'
import { zoneOf } from '../words/times.ts'

/** A schedule: when it runs, and what its runs found. */
export default function SchedulePage() {
  const params = useParams<{ id: string }>()
  const store = createScheduleStore(() => params.id)
  usePageTitle(() => store.data()?.schedule.name ?? 'Schedule')

  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <A href="/schedules" end>
          Schedules
        </A>{' '}
        / {store.data()?.schedule.name ?? params.id}
      </nav>
      <Loaded store={store} lines={10}>
        {(view) => <LoadedSchedule view={view()} store={store} />}
      </Loaded>
    </>
  )
}

/** How many of the next runs are shown. */
const SHOWN_NEXT = 5

function LoadedSchedule(props: { view: ScheduleView; store: Followed<ScheduleView> }) {
  const navigate = useNavigate()
  const now = createNow()
  const schedule = () => props.view.schedule
  const [opened, setOpened] = createSignal(false)
  const [writing] = createResource(opened, async () => (await import('../state/request-yaml.ts')).writeYaml)

  return (
    <>
      <div class="page-head">
        <h1>{schedule().name}</h1>
        <StateBadge state={schedule().state} />
        <ConnectionPill connection={props.store.connection()} now={now()} />
        <div class="push">
          <ScheduleActions
            schedule={schedule()}
            changed={props.store.reload}
            deleted={() => navigate('/schedules')}
          />
        </div>
      </div>
      <Show when={schedule().state === 'missing'}>
        <p class="problem">
          Temporal has lost this schedule, so that it starts nothing: it is made anew within half a minute.
        </p>
      </Show>
      <section class="panel" aria-labelledby="plan">
        <h2 id="plan">When</h2>
        <dl class="host-facts">
          <div>
            <dt>Runs</dt>
            <dd>
              {timingText(schedule().timing)} <span class="quiet">{schedule().timeZone}</span>
            </dd>
          </div>
          <div>
            <dt>Next</dt>
            <dd>
              <For
                each={schedule().nextRuns.slice(0, SHOWN_NEXT)}
                fallback={<span class="quiet">none while it is {schedule().state}</span>}
              >
                {(at, index) => (
                  <>
                    {index() > 0 ? '; ' : ''}
                    <TimeOf at={at} now={now()} />
                  </>
                )}
              </For>
              <Show when={schedule().nextRuns[0]}>
                {(at) => <span class="quiet"> {zoneOf(at())}, as all times here</span>}
              </Show>
            </dd>
          </div>
          <div>
            <dt>While another still runs</dt>
            <dd>{OVERLAP_WORDS[schedule().overlap]}</dd>
          </div>
          <div>
            <dt>Left out</dt>
            <dd>
              {schedule().skipped} while one ran, {schedule().missed} while the service was down for longer
              than {schedule().catchupWindow}
            </dd>
          </div>
        </dl>
      </section>
      <Show when={props.view.runs.length > 0}>
        <TrendChart schedule={schedule()} runs={props.view.runs} />
      </Show>
      <RunsTable
        runs={props.view.runs}
        objective={objectiveMetric(schedule().tuning.objective)}
        now={now()}
      />
      <details class="panel" onToggle={(event) => setOpened(event.currentTarget.open)}>
        <summary>
          <h2>Request</h2>
          <span class="quiet">what each run tunes</span>
        </summary>
        <pre class="log" tabindex="0" aria-label="Request as YAML">
          {settled(writing)?.(schedule().tuning)}
        </pre>
      </details>
    </>
  )
}
