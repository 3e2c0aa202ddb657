import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { ensureDatabase } from '../components/embedded-postgres.ts'
import { run } from '../components/run.ts'
import { which } from '../runtimes/which.ts'

/** The server that the development server of the CLI in use contains. */
export const TEMPORAL_SERVER_VERSION = '1.29.1'
const MODULE = 'go.temporal.io/server'
const DATABASES = { temporal: 'temporal', visibility: 'temporal_visibility' }
const NODE = '127.0.0.1'

/** How to run a Temporal server, and where it answers. */
export interface TemporalCommand {
  command: string
  args: string[]
  address: string
}

/**
 * Returns how to run Temporal's four services in one process on a PostgreSQL, as a cluster's node does, with both
 * databases made. Builds the server and its schema tool with Go the first time.
 */
export async function temporalOnPostgres(
  folder: string,
  cacheDir: string,
  databaseUrl: string,
): Promise<TemporalCommand> {
  const { server, sql } = await build(join(cacheDir, 'temporal-server', TEMPORAL_SERVER_VERSION))
  const database = new URL(databaseUrl)
  for (const [schema, name] of Object.entries(DATABASES)) {
    const own = new URL(databaseUrl)
    own.pathname = `/${name}`
    await ensureDatabase(own.href)
    const place = [
      '--ep',
      database.hostname,
      '-p',
      database.port,
      '-u',
      database.username,
      '--pw',
      password(database),
    ]
    const tool = (...args: string[]) =>
      run(sql, ['--plugin', 'postgres12', ...place, '--db', name, ...args], { env: process.env })
    await tool('setup-schema', '-v', '0.0')
    await tool('update-schema', '--schema-name', `postgresql/v12/${schema}`)
  }
  await mkdir(join(folder, 'config'), { recursive: true })
  const dynamicConfig = join(folder, 'config', 'dynamic.yaml')
  await writeFile(dynamicConfig, stringify(DYNAMIC_CONFIG))
  const { config, frontend } = await serverConfig(database, dynamicConfig)
  await writeFile(join(folder, 'config', 'bench.yaml'), stringify(config))
  return {
    command: server,
    args: ['--root', folder, '--config', 'config', '--env', 'bench', 'start'],
    address: `${NODE}:${frontend}`,
  }
}

async function build(bin: string): Promise<{ server: string; sql: string }> {
  const programs = { server: join(bin, 'server'), sql: join(bin, 'sql') }
  if (Object.values(programs).every((program) => existsSync(program))) return programs
  const go = await which('go', process.env)
  if (go === null) throw new Error('building a Temporal server needs Go (https://go.dev/dl)')
  await mkdir(bin, { recursive: true })
  for (const command of ['cmd/server', 'cmd/tools/sql']) {
    process.stderr.write(`building ${MODULE}/${command}@v${TEMPORAL_SERVER_VERSION}: some minutes\n`)
    await run(go, ['install', `${MODULE}/${command}@v${TEMPORAL_SERVER_VERSION}`], {
      env: { ...process.env, GOBIN: bin },
    })
  }
  return programs
}

// The queues are polled as often as the development server's are here.
const DYNAMIC_CONFIG = Object.fromEntries(
  ['transfer', 'timer'].map((queue) => [
    `history.${queue}ProcessorMaxPollRPS`,
    [{ value: 2000, constraints: {} }],
  ]),
)

async function serverConfig(
  database: URL,
  dynamicConfig: string,
): Promise<{ config: object; frontend: number }> {
  const store = (databaseName: string) => ({
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: database.host,
      connectProtocol: 'tcp',
      user: database.username,
      password: password(database),
      maxConns: 20,
      maxIdleConns: 20,
      maxConnLifetime: '1h',
    },
  })
  const service = async () => ({
    rpc: { grpcPort: await lowPort(), membershipPort: await lowPort(), bindOnIP: NODE },
  })
  const frontend = await service()
  const address = `${NODE}:${frontend.rpc.grpcPort}`
  const config = {
    log: { stdout: true, level: 'error' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: 4,
      datastores: { default: store(DATABASES.temporal), visibility: store(DATABASES.visibility) },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: NODE } },
    services: { frontend, matching: await service(), history: await service(), worker: await service() },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: { enabled: true, initialFailoverVersion: 1, rpcName: 'frontend', rpcAddress: address },
      },
    },
    publicClient: { hostPort: address },
    dynamicConfigClient: { filepath: dynamicConfig, pollInterval: '60s' },
  }
  return { config, frontend: frontend.rpc.grpcPort }
}

/** Returns a free port that PostgreSQL's smallint holds: the services write theirs into the database. */
async function lowPort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000)
    const server = createServer().listen(port, NODE)
    const free = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ])
    server.close()
    if (free) return port
  }
}

function password(database: URL): string {
  return decodeURIComponent(database.password)
}
