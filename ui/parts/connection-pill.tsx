import { A } from '@solidjs/router'
import { Show } from 'solid-js'
import { signInPath } from '../state/api.ts'
import type { Connection } from '../state/connection.ts'
import { moment } from '../words/times.ts'

/** Whether what is shown is current, and since when it is not. */
export function ConnectionPill(props: { connection: Connection; now: number }) {
  const text = () => {
    const { connection } = props
    switch (connection.state) {
      case 'connecting':
        return '◌ connecting'
      case 'live':
        return '● live'
      case 'lost':
        return `○ connection lost since ${moment(new Date(connection.since).toISOString(), props.now)}, trying again`
      case 'signed-out':
        return '○ You are signed out: '
      case 'ended':
        return '■ final'
    }
  }
  return (
    <span class={`pill connection-${props.connection.state}`} role="status">
      {text()}
      <Show when={props.connection.state === 'signed-out'}>
        <A href={signInPath()}>sign in</A>
      </Show>
    </span>
  )
}
