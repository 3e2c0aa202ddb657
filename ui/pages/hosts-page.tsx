import { For, Show } from 'solid-js'
import { HostPanel } from '../hosts/host-panel.tsx'
import { QueuePanel } from '../hosts/queue-panel.tsx'
import { ConnectionPill } from '../parts/connection-pill.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { createFleetStore } from '../state/fleet-store.ts'
import { deviceCounts } from '../state/fleet-view.ts'
import { createNow } from '../state/now.ts'

/** Hosts, who holds their devices, and who waits. */
export default function HostsPage() {
  const store = createFleetStore()
  const now = createNow()
  const counts = () => {
    const data = store.data()
    return data === null ? null : { ...deviceCounts(data.fleet), waiting: data.fleet.queue.length }
  }
  usePageTitle(() => {
    const known = counts()
    return known === null ? 'Hosts' : `${known.held}/${known.devices} held · Hosts`
  })

  return (
    <>
      <div class="page-head">
        <h1>Hosts</h1>
        <ConnectionPill connection={store.connection()} now={now()} />
        <Show when={counts()}>
          {(known) => (
            <span class="push figures">
              <b>
                {known().held} of {known().devices}
              </b>{' '}
              devices held · <b>{known().waiting}</b> waiting
            </span>
          )}
        </Show>
      </div>
      <Loaded store={store} lines={8}>
        {(data) => (
          <>
            <For each={data().fleet.hosts} fallback={<NoHosts />}>
              {(host) => (
                <HostPanel
                  host={host}
                  held={data().fleet.held}
                  names={data().names}
                  now={now()}
                  changed={store.reload}
                />
              )}
            </For>
            <QueuePanel queue={data().fleet.queue} names={data().names} now={now()} />
          </>
        )}
      </Loaded>
    </>
  )
}

function NoHosts() {
  return (
    <section class="empty">
      <h2>No host yet</h2>
      <p>
        A host appears when its worker starts: <code>redline up</code> starts one on its own machine,{' '}
        <code>redline worker</code> on others.
      </p>
    </section>
  )
}
