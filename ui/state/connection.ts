import { createSignal, onCleanup } from 'solid-js'

/** What is known of the live connection; `ended` when nothing more will come. */
export type Connection =
  | { state: 'connecting' }
  | { state: 'live' }
  | { state: 'lost'; since: number }
  | { state: 'signed-out' }
  | { state: 'ended' }

/** Keeps what a stream tells its follower of the connection; `onReturn` is called when it is back after a loss. */
export function createConnection(onReturn = () => {}) {
  const [connection, setConnection] = createSignal<Connection>({ state: 'connecting' })
  let tryAgain = () => {}
  // Somebody may have signed in elsewhere when they come back to the page.
  const comeBack = () => {
    if (connection().state === 'signed-out' && !document.hidden) tryAgain()
  }
  window.addEventListener('focus', comeBack)
  document.addEventListener('visibilitychange', comeBack)
  onCleanup(() => {
    window.removeEventListener('focus', comeBack)
    document.removeEventListener('visibilitychange', comeBack)
  })
  return {
    connection,
    setConnection,
    /** The first loss counts. */
    onLost: () =>
      void setConnection((current) =>
        current.state === 'lost' ? current : { state: 'lost', since: Date.now() },
      ),
    onSignedOut: (again: () => void) => {
      tryAgain = again
      setConnection({ state: 'signed-out' })
    },
    onBack: () => {
      const { state } = connection()
      if (state === 'lost' || state === 'signed-out') onReturn()
      setConnection({ state: 'live' })
    },
  }
}
