import { For, Show } from 'solid-js'
import type { Fleet } from '../../client/client.ts'
import { DeleteButton } from '../parts/delete-button.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import { TimeOf } from '../parts/time-of.tsx'
import { api, done } from '../state/api.ts'
import { createAsk } from '../state/ask.ts'
import { hostState, placesOf, type Holding } from '../state/fleet-view.ts'
import { may } from '../state/session.ts'
import { count } from '../../domain/figures.ts'
import { placeText } from '../words/lease-words.ts'
import { ExperimentOf } from './experiment-of.tsx'

/** A host: whether it is alive, what it offers, and who holds its devices. */
export function HostPanel(props: {
  host: Fleet['hosts'][number]
  held: Holding[]
  names: Record<string, string>
  now: number
  changed: () => Promise<void>
}) {
  const { busy, error, ask } = createAsk()
  const params = () => ({ path: { name: props.host.name } })
  const toggle = async () => {
    const operation = props.host.draining ? 'undrain' : 'drain'
    await done(api.POST(`/api/v1/hosts/{name}/${operation}`, { params: params() }))
    await props.changed()
  }
  const forget = async () => {
    await done(api.DELETE('/api/v1/hosts/{name}', { params: params() }))
    await props.changed()
  }
  const labels = () => Object.entries(props.host.labels)

  return (
    <section class="panel host" aria-label={`Host ${props.host.name}`}>
      <div class="page-head">
        <h2>{props.host.name}</h2>
        <StateBadge state={hostState(props.host)} />
        <span class="push row tight">
          <Show when={may('operator')}>
            <button
              type="button"
              class="small"
              disabled={busy()}
              title={
                props.host.draining
                  ? 'Give it new experiments again'
                  : 'What runs finishes; nothing new starts'
              }
              aria-label={`${props.host.draining ? 'Undrain' : 'Drain'} ${props.host.name}`}
              onClick={() => void ask(toggle)}
            >
              {props.host.draining ? 'Undrain' : 'Drain'}
            </button>
          </Show>
          <Show when={!props.host.alive && may('admin')}>
            <DeleteButton name={`host ${props.host.name}`} remove={forget} />
          </Show>
        </span>
      </div>
      <ProblemNote error={error()} />
      <dl class="host-facts">
        <div>
          <dt>Redline</dt>
          <dd>{props.host.version}</dd>
        </div>
        <div>
          <dt>Engines</dt>
          <dd>
            <For each={props.host.engines} fallback="none installed">
              {(engine, index) => (
                <span title={engine.path}>
                  {index() > 0 ? ', ' : ''}
                  {engine.kind} <span class="quiet">{engine.version ?? 'version unknown'}</span>
                </span>
              )}
            </For>
          </dd>
        </div>
        <div>
          <dt>Starts them as</dt>
          <dd>{props.host.runtimes.join(', ')}</dd>
        </div>
        <Show when={labels().length > 0}>
          <div>
            <dt>Labels</dt>
            <dd>
              <ul class="chips">
                <For each={labels()}>
                  {([name, value]) => (
                    <li class="chip">
                      <span class="chip-name">{name}</span> <b>{value}</b>
                    </li>
                  )}
                </For>
              </ul>
            </dd>
          </div>
        </Show>
      </dl>
      <table class="cards">
        <caption class="visually-hidden">Devices of {props.host.name}</caption>
        <thead>
          <tr>
            <th scope="col">Device</th>
            <th scope="col">Held by</th>
            <th scope="col">Since</th>
          </tr>
        </thead>
        <tbody>
          <For each={placesOf(props.host, props.held)} fallback={<NoDevices />}>
            {(place) => (
              <tr>
                <th scope="row" class="card-title">
                  {placeText(place.id)}
                  <Show when={place.device}>
                    {(device) => (
                      <span class="sub">
                        {device().name}
                        <Show when={device().gpu?.memoryMib}>{(mib) => ` · ${count(mib())} MiB`}</Show>
                        <Show when={device().cores}>{(cores) => ` · cores ${cores()}`}</Show>
                      </span>
                    )}
                  </Show>
                </th>
                <td data-label="Held by">
                  <Show when={place.holding} fallback={<span class="quiet">free</span>}>
                    {(holding) => <ExperimentOf entry={holding()} names={props.names} />}
                  </Show>
                </td>
                <td data-label="Since">
                  <Show when={place.holding} fallback={<span class="quiet">–</span>}>
                    {(holding) => <TimeOf at={holding().since} now={props.now} />}
                  </Show>
                </td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </section>
  )
}

function NoDevices() {
  return (
    <tr>
      <td colspan="3" class="quiet">
        No device: this host only drives load.
      </td>
    </tr>
  )
}
