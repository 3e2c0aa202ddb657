import { For, Show } from 'solid-js'
import type { Fleet } from '../../client/client.ts'
import { TimeAgo } from '../parts/time-ago.tsx'
import { TimeOf } from '../parts/time-of.tsx'
import { leaseText } from '../words/lease-words.ts'
import { ExperimentOf } from './experiment-of.tsx'

/** Experiments that wait for devices, and when they are expected to start. */
export function QueuePanel(props: { queue: Fleet['queue']; names: Record<string, string>; now: number }) {
  return (
    <section class="panel" aria-labelledby="queue">
      <h2 id="queue">Queue</h2>
      <Show when={props.queue.length > 0} fallback={<p class="quiet">Nothing waits for devices.</p>}>
        <table class="cards">
          <thead>
            <tr>
              <th scope="col">Experiment</th>
              <th scope="col">Asks for</th>
              <th scope="col" class="number">
                Priority
              </th>
              <th scope="col">Waits since</th>
              <th scope="col">Expected start</th>
            </tr>
          </thead>
          <tbody>
            <For each={props.queue}>
              {(waiting) => (
                <tr>
                  <th scope="row" class="card-title">
                    {waiting.position}. <ExperimentOf entry={waiting} names={props.names} />
                  </th>
                  <td data-label="Asks for">{leaseText(waiting.request)}</td>
                  <td data-label="Priority" class="number">
                    {waiting.priority}
                  </td>
                  <td data-label="Waits since">
                    <TimeAgo at={waiting.since} now={props.now} />
                  </td>
                  <td data-label="Expected start">
                    <Show
                      when={waiting.expectedStart}
                      fallback={<span class="bad">no host that is alive has what it asks for</span>}
                    >
                      {(at) => (
                        <>
                          about <TimeOf at={at()} now={props.now} />
                        </>
                      )}
                    </Show>
                    <Show when={waiting.quota !== null}>
                      <span class="sub">
                        the project {waiting.project} may hold {waiting.quota} devices at a time
                      </span>
                    </Show>
                  </td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </Show>
    </section>
  )
}
