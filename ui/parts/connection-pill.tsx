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
      case 'ended':
        return '■ final'
    }
  }
  return (
    <span class={`pill connection-${props.connection.state}`} role="status">
      {text()}
    </span>
  )
}
