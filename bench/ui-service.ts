import { once } from 'node:events'
import { createServer } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { createApp } from '../api/app.ts'
import { EventHub } from '../api/event-hub.ts'
import { ensureDatabase, preparePostgres } from '../components/embedded-postgres.ts'
import { ensureComponents } from '../components/ensure.ts'
import { migrate, openDatabase, type Database } from '../database/connect.ts'
import { listenForNotifications } from '../database/notifications.ts'
import { vaultOf } from '../database/vault.ts'
import { readSettings } from '../domain/settings.ts'
import { freePort } from '../runtimes/ports.ts'
import { supervise } from '../service/supervise.ts'
import { cacheFolder } from '../service/up.ts'
import { temporalClient } from '../temporal/connection.ts'

export interface UiService {
  url: string
  db: Database
  stop(): Promise<void>
}

/** Starts what pages need: PostgreSQL and the API with the built UI. Nothing is tuned, so there is no Temporal. */
export async function startUiService(): Promise<UiService> {
  const cacheDir = cacheFolder(readSettings(process.env), process.env)
  const found = await ensureComponents(['postgres'], {
    env: process.env,
    cacheDir,
    onProgress: () => undefined,
  })
  const folder = await mkdtemp(join(tmpdir(), 'redline-ui-'))
  const { databaseUrl, env, ...command } = await preparePostgres({
    binDir: found.postgres.path,
    dataDir: join(folder, 'postgres'),
    port: await freePort(),
    env: process.env,
  })
  const logFile = join(folder, 'postgres.log')
  const postgres = supervise(
    { ...command, env: { ...process.env, ...env }, name: 'postgres', logFile },
    (how) => process.stderr.write(`postgres ${how}\n`),
  )
  await ensureDatabase(databaseUrl)
  const db = openDatabase(databaseUrl)
  await migrate(db)
  const hub = new EventHub()
  const stopListening = await listenForNotifications(databaseUrl, {
    onEvents: (tuningId) => hub.events(tuningId),
    onLive: (tuningId, live) => hub.live(tuningId, live),
    onReconnected: () => hub.catchUp(),
  })
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
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
