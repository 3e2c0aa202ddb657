import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serviceMessages } from '../cli/service-messages.ts'
import { ensureDatabase, preparePostgres } from '../components/embedded-postgres.ts'
import { ensureComponents } from '../components/ensure.ts'
import { temporalDevServer } from '../components/temporal-dev-server.ts'
import { readSettings } from '../domain/settings.ts'
import { freePort } from '../runtimes/ports.ts'
import { supervise } from '../service/supervise.ts'
import { cacheFolder } from '../service/up.ts'
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts'

/** The servers of one benchmark, with empty state. */
export interface BenchServers {
  databaseUrl: string
  temporalAddress: string
  /** Versions of the servers, by name. */
  versions: Record<string, string | null>
  /** Stops them and removes their state. */
  stop(): Promise<void>
}

/**
 * Starts PostgreSQL and Temporal's dev server as `redline up` runs them; the dev server has the namespace `default` and
 * the one that is given.
 */
export async function startBenchServers(namespace: string): Promise<BenchServers> {
  const messages = serviceMessages()
  const found = await ensureComponents(['postgres', 'temporal'], {
    env: process.env,
    cacheDir: cacheFolder(readSettings(process.env), process.env),
    onProgress: (progress) => messages.tell({ kind: 'component', progress }),
  })
  messages.done()
  const folder = await mkdtemp(join(tmpdir(), 'redline-orchestration-'))
  const run = (name: string, command: Pick<Parameters<typeof supervise>[0], 'command' | 'args' | 'env'>) =>
    supervise({ ...command, name, logFile: join(folder, `${name}.log`) }, (how) =>
      process.stderr.write(`${name} ${how}\n`),
    )

  const { databaseUrl, env, ...command } = await preparePostgres({
    binDir: found.postgres.path,
    dataDir: join(folder, 'postgres'),
    port: await freePort(),
    env: process.env,
  })
  const postgres = run('postgres', { ...command, env: { ...process.env, ...env } })
  await ensureDatabase(databaseUrl)

  const port = await freePort()
  const server = temporalDevServer({
    binary: found.temporal.path,
    dbFile: join(folder, 'temporal.db'),
    port,
    uiPort: await freePort(),
    namespace,
    searchAttributes: Object.fromEntries(
      Object.values(SEARCH_ATTRIBUTES).map(({ name }) => [name, 'Keyword'] as const),
    ),
  })
  const temporal = run('temporal', { ...server, env: process.env })

  return {
    databaseUrl,
    temporalAddress: `127.0.0.1:${port}`,
    versions: { postgres: found.postgres.version, temporal: found.temporal.version },
    async stop() {
      await temporal.stop()
      await postgres.stop()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
