import { A } from '@solidjs/router'
import { For, Match, Show, Switch } from 'solid-js'
import { ConnectionPill } from '../parts/connection-pill.tsx'
import { LoadError } from '../parts/load-error.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import { ScheduleActions } from '../schedules/schedule-actions.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { createNow } from '../state/now.ts'
import { createSchedulesStore } from '../state/schedule-store.ts'
import { timingText } from '../words/schedule-words.ts'
import { fullTime, moment } from '../words/times.ts'

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
        <A class="button primary push" href="/schedules/new">
          New schedule
        </A>
      </div>
      <Switch fallback={<Skeleton lines={6} />}>
        <Match when={store.data()?.schedules.length === 0}>
          <section class="empty">
            <h2>No schedules yet</h2>
            <p>
              A schedule repeats a tuning, nightly for instance, and tells when a run is worse than the one
              before: after an update of the engine, the driver or the model.
            </p>
            <A class="button primary" href="/schedules/new">
              Create a schedule
            </A>
          </section>
        </Match>
        <Match when={store.data()}>
          {(data) => (
            <>
              <ProblemNote error={store.error()} />
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
                    <For each={data().schedules}>
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
                              {(at) => (
                                <time datetime={at()} title={fullTime(at())}>
                                  {moment(at(), now())}
                                </time>
                              )}
                            </Show>
                          </td>
                          <td class="actions-cell">
                            <ScheduleActions
                              schedule={schedule}
                              changed={store.reload}
                              deleted={() => void store.reload()}
                            />
                          </td>
                        </tr>
                      )}
                    </For>
                  </tbody>
                </table>
              </div>
            </>
          )}
        </Match>
        <Match when={store.error()}>
          {(error) => <LoadError error={error()} retry={() => void store.reload()} />}
        </Match>
      </Switch>
    </>
  )
}
