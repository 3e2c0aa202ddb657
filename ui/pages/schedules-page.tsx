import { A } from '@solidjs/router'
import { For, Show } from 'solid-js'
import type { Schedule } from '../../client/client.ts'
import { ConnectionPill } from '../parts/connection-pill.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { LookOnly } from '../parts/look-only.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import { TimeOf } from '../parts/time-of.tsx'
import { ScheduleActions } from '../schedules/schedule-actions.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { createNow } from '../state/now.ts'
import { createSchedulesStore } from '../state/schedule-store.ts'
import { may } from '../state/session.ts'
import { timingText } from '../words/schedule-words.ts'

/** The list of schedules, the next to run first. */
export default function SchedulesPage() {
  const store = createSchedulesStore()
  const now = createNow()
  usePageTitle(() => 'Schedules')

  return (
    <>
      <div class="page-head">
        <h1>Schedules</h1>
        <ConnectionPill connection={store.connection()} now={now()} />
        <Show when={may('operator')}>
          <A class="button primary push" href="/schedules/new">
            New schedule
          </A>
        </Show>
      </div>
      <Loaded store={store} lines={6}>
        {(data) => (
          <Show when={data().schedules.length > 0} fallback={<NoSchedules />}>
            <SchedulesTable schedules={data().schedules} now={now()} reload={store.reload} />
          </Show>
        )}
      </Loaded>
    </>
  )
}

function NoSchedules() {
  return (
    <section class="empty">
      <h2>No schedules yet</h2>
      <p>
        A schedule repeats a tuning, nightly for instance, and tells when a run is worse than the one before:
        after an update of the engine, the driver or the model.
      </p>
      <Show when={may('operator')} fallback={<LookOnly doing="creating schedules" role="operator" />}>
        <A class="button primary" href="/schedules/new">
          Create a schedule
        </A>
      </Show>
    </section>
  )
}

function SchedulesTable(props: { schedules: Schedule[]; now: number; reload: () => Promise<void> }) {
  return (
    <div class="scroll">
      <table class="cards">
        <thead>
          <tr>
            <th scope="col">Schedule</th>
            <th scope="col">State</th>
            <th scope="col">Runs</th>
            <th scope="col">Next run</th>
            <th scope="col">
              <span class="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          <For each={props.schedules}>
            {(schedule) => (
              <tr>
                <th scope="row" class="card-title">
                  <A href={`/schedules/${schedule.id}`}>{schedule.name}</A>
                  <span class="sub">
                    {schedule.tuning.engine.kind} · {schedule.tuning.engine.model}
                  </span>
                </th>
                <td data-label="State">
                  <StateBadge state={schedule.state} />
                </td>
                <td data-label="Runs">
                  {timingText(schedule.timing)}
                  <span class="sub">{schedule.timeZone}</span>
                </td>
                <td data-label="Next run">
                  <Show when={schedule.nextRuns[0]} fallback={<span class="quiet">none</span>}>
                    {(at) => <TimeOf at={at()} now={props.now} />}
                  </Show>
                </td>
                <td class="actions-cell">
                  <ScheduleActions
                    schedule={schedule}
                    changed={props.reload}
                    deleted={() => void props.reload()}
                  />
                </td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  )
}
