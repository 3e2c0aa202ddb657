import { createSignal } from 'solid-js'

/** What is known of the live connection; `ended` when nothing more will come. */
export type Connection =
  { state: 'connecting' } | { state: 'live' } | { state: 'lost'; since: number } | { state: 'ended' }

/** Keeps what a stream tells its follower of the connection; `onReturn` is called when it is back after a loss. */
export function createConnection(onReturn = () => {}) {
  const [connection, setConnection] = createSignal<Connection>({ state: 'connecting' })
  return {
    connection,
    setConnection,
    /** The first loss counts. */
    onLost: () =>
      void setConnection((current) =>
        current.state === 'lost' ? current : { state: 'lost', since: Date.now() },
      ),
    onBack: () => {
      if (connection().state === 'lost') onReturn()
      setConnection({ state: 'live' })
    },
  }
}
