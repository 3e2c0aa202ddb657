import proto from '@temporalio/proto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { serviceMessages } from '../cli/service-messages.ts'
import { ensureDatabase, preparePostgres } from '../components/embedded-postgres.ts'
import { ensureComponents } from '../components/ensure.ts'
import { temporalDevServer } from '../components/temporal-dev-server.ts'
import { freePort } from '../runtimes/ports.ts'
import { supervise } from '../service/supervise.ts'
import { cacheFolder } from '../service/host.ts'
import { registerSearchAttributes, temporalClient } from '../temporal/connection.ts'
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts'
import { TEMPORAL_SERVER_VERSION, temporalOnPostgres, type TemporalCommand } from './temporal-on-postgres.ts'

/** The servers of one benchmark, with empty state. */
export interface BenchServers {
  databaseUrl: string
  temporalAddress: string
  /** Versions of the servers, by name. */
  versions: Record<string, string | null>
  /** Stops them and removes their state. */
  stop(): Promise<void>
}

/** The development server with a file, or a server on the same PostgreSQL, as in production. */
export type TemporalKind = 'dev' | 'postgres'

/**
 * Starts PostgreSQL and Temporal as `redline up` runs them, or Temporal on that PostgreSQL; Temporal has the namespace
 * `default` and the one that is given.
 */
export async function startBenchServers(namespace: string, kind: TemporalKind): Promise<BenchServers> {
  const messages = serviceMessages()
  const cacheDir = cacheFolder(process.env)
  const found = await ensureComponents(['postgres', 'temporal'], {
    env: process.env,
    cacheDir,
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

  const server =
    kind === 'postgres'
      ? await temporalOnPostgres(folder, cacheDir, databaseUrl)
      : await devServer(found.temporal.path, folder, namespace)
  const temporal = run('temporal', { ...server, env: process.env })
  const version =
    kind === 'postgres' ? `server ${TEMPORAL_SERVER_VERSION} on PostgreSQL` : found.temporal.version
  if (kind === 'postgres') await prepareNamespaces(server.address, ['default', namespace])

  return {
    databaseUrl,
    temporalAddress: server.address,
    versions: { postgres: found.postgres.version, temporal: version },
    async stop() {
      await temporal.stop()
      await postgres.stop()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function devServer(binary: string, folder: string, namespace: string): Promise<TemporalCommand> {
  const port = await freePort()
  const server = temporalDevServer({
    binary,
    dbFile: join(folder, 'temporal.db'),
    port,
    uiPort: await freePort(),
    namespace,
    searchAttributes: Object.fromEntries(
      Object.values(SEARCH_ATTRIBUTES).map(({ name }) => [name, 'Keyword'] as const),
    ),
  })
  return { ...server, address: `127.0.0.1:${port}` }
}

/** A server of one's own has no namespaces yet. */
async function prepareNamespaces(address: string, namespaces: string[]): Promise<void> {
  const client = temporalClient({ address, namespace: 'default', env: {} })
  try {
    for (const namespace of namespaces) {
      await persistently(() =>
        client.workflowService.registerNamespace({
          namespace,
          workflowExecutionRetentionPeriod: proto.google.protobuf.Duration.fromObject({ seconds: 24 * 3600 }),
        }),
      )
      await persistently(() => registerSearchAttributes(client, namespace))
    }
  } finally {
    await client.connection.close()
  }
}

/** A new namespace is known to all parts of the server after some seconds. */
async function persistently(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await work()
      return
    } catch (error) {
      if (tries === 120) throw error
      await setTimeout(500)
    }
  }
}
