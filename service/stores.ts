import { join } from 'node:path'
import { ensureDatabase, preparePostgres } from '../components/embedded-postgres.ts'
import { temporalDevServer } from '../components/temporal-dev-server.ts'
import type { Settings } from '../domain/settings.ts'
import { freePort, preferPort } from '../runtimes/ports.ts'
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts'
import type { ProcessSpec, Supervised } from './supervise.ts'

/** Starts a process of a service, which keeps it running. */
export type RunProcess = (spec: Omit<ProcessSpec, 'logFile'>) => Supervised

/** Where a service of this machine keeps its stores, and with what it starts them. */
export interface StorePlace {
  home: string
  env: NodeJS.ProcessEnv
  run: RunProcess
}

/** Starts PostgreSQL on the state folder and returns how the service's database is reached. */
export async function startPostgres(
  binDir: string,
  { home, env, run }: StorePlace,
  signal: AbortSignal,
): Promise<string> {
  const { databaseUrl, ...command } = await preparePostgres({
    binDir,
    dataDir: join(home, 'postgres'),
    port: await freePort(),
    env,
    signal,
  })
  run({ name: 'postgres', ...command, env: { ...env, ...command.env } })
  await ensureDatabase(databaseUrl, { signal })
  return databaseUrl
}

/** Starts Temporal's dev server on the state folder. */
export async function startTemporal(
  binary: string,
  { home, env, run }: StorePlace,
  settings: Settings,
): Promise<{ address: string; uiUrl: string }> {
  const port = await preferPort(settings.REDLINE_TEMPORAL_PORT)
  const uiPort = await preferPort(settings.REDLINE_TEMPORAL_UI_PORT)
  const { command, args } = temporalDevServer({
    binary,
    dbFile: join(home, 'temporal.db'),
    port,
    uiPort,
    namespace: settings.TEMPORAL_NAMESPACE,
    searchAttributes: Object.fromEntries(
      Object.values(SEARCH_ATTRIBUTES).map(({ name }) => [name, 'Keyword']),
    ),
  })
  run({ name: 'temporal', command, args, env, stopSignal: 'SIGINT' })
  return { address: `127.0.0.1:${port}`, uiUrl: `http://127.0.0.1:${uiPort}` }
}
