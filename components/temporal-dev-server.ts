export type SearchAttributeType = 'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList'

export interface TemporalDevServerOptions {
  /** Path of the `temporal` command. */
  binary: string
  /** The server's SQLite database; made when it is missing, in a folder that exists. */
  dbFile: string
  port: number
  uiPort: number
  namespace: string
  searchAttributes: Readonly<Record<string, SearchAttributeType>>
}

// As it comes, each task waits for the next tick of a queue that is polled 20 times a second.
const TASK_QUEUE_POLLS_PER_SECOND = 2000

/**
 * Returns how to run Temporal's development server with its web UI, both on 127.0.0.1 only. The same command takes up
 * a database again, also one whose server was killed. SIGINT and SIGTERM stop it.
 */
export function temporalDevServer(options: TemporalDevServerOptions): { command: string; args: string[] } {
  const { binary, dbFile, port, uiPort, namespace, searchAttributes } = options
  const args = ['server', 'start-dev', '--db-filename', dbFile, '--ip', '127.0.0.1', '--port', String(port)]
  args.push('--ui-port', String(uiPort), '--namespace', namespace, '--log-level', 'error')
  for (const pragma of ['journal_mode=wal', 'synchronous=normal']) args.push('--sqlite-pragma', pragma)
  for (const queue of ['transfer', 'timer']) {
    args.push('--dynamic-config-value', `history.${queue}ProcessorMaxPollRPS=${TASK_QUEUE_POLLS_PER_SECOND}`)
  }
  for (const [name, type] of Object.entries(searchAttributes))
    args.push('--search-attribute', `${name}=${type}`)
  return { command: binary, args }
}
