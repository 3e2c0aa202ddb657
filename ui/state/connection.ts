/** What is known of the live connection; `ended` when nothing more will come. */
export type Connection =
  { state: 'connecting' } | { state: 'live' } | { state: 'lost'; since: number } | { state: 'ended' }

/** The connection after it was lost; the first loss counts. */
export function lost(connection: Connection, now: number): Connection {
  return connection.state === 'lost' ? connection : { state: 'lost', since: now }
}
