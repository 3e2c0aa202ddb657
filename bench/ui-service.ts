import { once } from 'node:events'
import { createServer } from 'node:http'
import { pino } from 'pino'
import { createApp } from '../api/app.ts'
import { EventHub } from '../api/event-hub.ts'
import { migrate, openDatabase, type Database } from '../database/connect.ts'
import { listenForNotifications } from '../database/notifications.ts'
import { vaultOf } from '../database/vault.ts'
import { freePort } from '../runtimes/ports.ts'
import { temporalClient } from '../temporal/connection.ts'
import { startBenchPostgres } from './postgres.ts'

export interface UiService {
  url: string
  db: Database
  stop(): Promise<void>
}

/** Starts what pages need: PostgreSQL and the API with the built UI. Nothing is tuned, so there is no Temporal. */
export async function startUiService(): Promise<UiService> {
  const postgres = await startBenchPostgres()
  const { databaseUrl } = postgres
  const db = openDatabase(databaseUrl)
  await migrate(db)
  const hub = new EventHub()
  const stopListening = await listenForNotifications(databaseUrl, hub)
  const app = createApp({
    db,
    hub,
    isOpen: async () => true,
    client: temporalClient({ address: '127.0.0.1:1', namespace: 'none', env: {} }),
    link: () => null,
    provider: null,
    log: pino({ level: 'silent' }),
    host: 'bench',
    version: 'bench',
    models: {},
    vault: vaultOf(undefined),
    allowed: {},
    proxies: ['loopback'],
  })
  const server = createServer(app)
  const port = await freePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${port}`,
    db,
    async stop() {
      server.close()
      server.closeAllConnections()
      await stopListening()
      await db.destroy()
      await postgres.stop()
    },
  }
}
