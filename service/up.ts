import { watch } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir, hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import type { ComponentName, Found, Progress } from '../components/component.ts'
import { ensureDatabase, preparePostgres } from '../components/embedded-postgres.ts'
import { ensureComponents } from '../components/ensure.ts'
import { temporalDevServer } from '../components/temporal-dev-server.ts'
import { openDatabase, type Database } from '../database/connect.ts'
import { listLiveHosts } from '../database/hosts.ts'
import type { Settings } from '../domain/settings.ts'
import { freePort, isFree, preferPort } from '../runtimes/ports.ts'
import { isAlive, processIdentity } from '../runtimes/process-table.ts'
import { createRuntimes, stopEngines, type Runtimes } from '../runtimes/index.ts'
import { temporalClient } from '../temporal/connection.ts'
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts'
import { ownerInvitation } from './owner.ts'
import { endLeftovers, SERVICE_VARIABLE, supervise, type ProcessSpec, type Supervised } from './supervise.ts'

/** What the service tells while it starts and runs. */
export type ServiceMessage =
  | { kind: 'component'; progress: Progress }
  | { kind: 'found'; found: Found }
  | { kind: 'step'; text: string }
  | { kind: 'trouble'; text: string }

export interface UpOptions {
  settings: Settings
  env: NodeJS.ProcessEnv
  /** Restart the API when its source changes, and serve the UI with live reload. */
  dev: boolean
  tell: (message: ServiceMessage) => void
  signal: AbortSignal
}

/** A running service. */
export interface Service {
  apiUrl: string
  temporalUiUrl: string | null
  found: Found[]
  home: string
  /** Stops everything, engines included, in order. */
  stop(): Promise<void>
}

/** Another service runs on the same state folder. */
export class AlreadyRunningError extends Error {
  readonly apiUrl: string

  constructor({ pid, apiUrl }: { pid: number; apiUrl: string }) {
    super(`a service is running on this state folder already: ${apiUrl} (process ${pid})`)
    this.apiUrl = apiUrl
  }
}

/** The port of the API is taken. */
export class PortTakenError extends Error {}

const ServiceFile = z.object({ pid: z.int(), identity: z.string(), apiUrl: z.string() })

const ROOT = resolve(import.meta.dirname, '..')
const CLI = join(ROOT, 'cli/redline.mjs')

/** The folder of everything that is downloaded or built, shared by all checkouts. */
export function cacheFolder(settings: Settings, env: NodeJS.ProcessEnv): string {
  return resolve(settings.REDLINE_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'redline'))
}

/** The ways to start engines on this host; containers may see the folders that it allows, and the models given. */
export function hostRuntimes(settings: Settings, models: Record<string, string>): Runtimes {
  return createRuntimes({
    folder: join(resolve(settings.REDLINE_HOME), 'engines', hostName(settings)),
    mountable: [...settings.REDLINE_VOLUMES, ...Object.values(models)],
    dockerHost: settings.DOCKER_HOST,
  })
}

/** The name of this host among workers. */
export function hostName(settings: Settings): string {
  return settings.REDLINE_HOST_NAME ?? hostname()
}

/** Returns the service that runs on the state folder; null when none does. */
export async function runningService(settings: Settings): Promise<{ apiUrl: string; pid: number } | null> {
  const text = await readFile(join(resolve(settings.REDLINE_HOME), 'service.json'), 'utf8').catch(() => null)
  const parsed = text === null ? null : ServiceFile.safeParse(parseJson(text))
  return parsed?.success === true && isAlive(parsed.data) ? parsed.data : null
}

/**
 * Starts the whole service on this machine: what is not configured elsewhere is found or fetched and started here.
 * What an earlier service on the same state folder left running is ended first; engines stay, for the worker to adopt.
 */
export async function startService(options: UpOptions): Promise<Service> {
  const { settings, env, dev, tell, signal } = options
  const home = resolve(settings.REDLINE_HOME)
  const { REDLINE_LISTEN: listen, REDLINE_PORT: port } = settings
  const shownHost = listen === '0.0.0.0' || listen === '::' ? 'localhost' : listen
  const apiUrl = `http://${shownHost}:${port}`

  const existing = await runningService(settings)
  if (existing !== null) throw new AlreadyRunningError(existing)
  await mkdir(join(home, 'logs'), { recursive: true })
  await endLeftovers(home)
  if (!(await isFree(port, listen))) {
    throw new PortTakenError(
      `port ${port} is in use: stop the program that has it, or set REDLINE_PORT to another`,
    )
  }
  await claim(home, apiUrl)

  const found = await findComponents(options)
  const started: Supervised[] = []
  const run = (spec: Omit<ProcessSpec, 'logFile'>) => {
    const marked = {
      ...spec,
      env: { ...spec.env, [SERVICE_VARIABLE]: home },
      logFile: join(home, 'logs', `${spec.name}.log`),
    }
    const supervised = supervise(marked, (how) =>
      tell({ kind: 'trouble', text: `${spec.name} ${how}; starting it again (log: ${marked.logFile})` }),
    )
    started.push(supervised)
    return supervised
  }
  const stop = async () => {
    for (const supervised of started.toReversed()) await supervised.stop()
    await stopEngines(hostRuntimes(settings, {}))
    await endLeftovers(home)
    await rm(join(home, 'service.json'), { force: true })
  }

  try {
    const databaseUrl = settings.DATABASE_URL ?? (await startPostgres())
    const temporal = settings.TEMPORAL_ADDRESS === undefined ? await startTemporal() : null
    const temporalAddress = temporal?.address ?? settings.TEMPORAL_ADDRESS ?? ''
    const temporalUiUrl = temporal?.uiUrl ?? settings.TEMPORAL_UI_URL ?? null
    const childEnv: NodeJS.ProcessEnv = {
      ...env,
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporalAddress,
      ...(temporalUiUrl === null ? {} : { TEMPORAL_UI_URL: temporalUiUrl }),
      ...(found['llama-server'] && { LLAMA_SERVER: found['llama-server'].path }),
      ...(found.model && { REDLINE_MODEL: found.model.path }),
    }
    await temporalReady(temporalAddress, settings, signal)
    tell({ kind: 'step', text: 'starting API and worker' })
    const ours = (name: 'api' | 'worker') =>
      run({
        name,
        command: process.execPath,
        args: ['--disable-warning=ExperimentalWarning', CLI, name],
        env: { ...childEnv, ...metricsPlace(name) },
        ours: true,
      })
    const api = ours('api')
    ours('worker')
    if (dev) startDevelopment(api, childEnv)
    const db = openDatabase(databaseUrl)
    try {
      await serviceReady(apiUrl, db, join(home, 'logs'), signal)
      const welcome = await ownerInvitation(db, { listen, apiUrl })
      if (welcome !== null) tell({ kind: 'step', text: welcome })
    } finally {
      await db.destroy()
    }
    return { apiUrl, temporalUiUrl, found: Object.values(found), home, stop }
  } catch (error) {
    await stop()
    throw error
  }

  /** Both processes have metrics: the worker's are a port further. */
  function metricsPlace(name: 'api' | 'worker'): NodeJS.ProcessEnv {
    const place = settings.REDLINE_METRICS_LISTEN
    if (name === 'api' || place === undefined) return {}
    return { REDLINE_METRICS_LISTEN: `${place.address}:${place.port + 1}` }
  }

  async function startPostgres(): Promise<string> {
    tell({ kind: 'step', text: 'starting PostgreSQL' })
    const {
      databaseUrl,
      command,
      args,
      cwd,
      env: extra,
      uid,
      gid,
      stopSignal,
    } = await preparePostgres({
      binDir: found.postgres?.path ?? '',
      dataDir: join(home, 'postgres'),
      port: await freePort(),
      env,
      signal,
    })
    run({
      name: 'postgres',
      command,
      args,
      cwd,
      env: { ...env, ...extra },
      stopSignal,
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    })
    await ensureDatabase(databaseUrl, { signal })
    return databaseUrl
  }

  async function startTemporal(): Promise<{ address: string; uiUrl: string }> {
    tell({ kind: 'step', text: "starting Temporal's dev server" })
    const temporalPort = await preferPort(settings.REDLINE_TEMPORAL_PORT)
    const uiPort = await preferPort(settings.REDLINE_TEMPORAL_UI_PORT)
    const { command, args } = temporalDevServer({
      binary: found.temporal?.path ?? '',
      dbFile: join(home, 'temporal.db'),
      port: temporalPort,
      uiPort,
      namespace: settings.TEMPORAL_NAMESPACE,
      searchAttributes: Object.fromEntries(
        Object.values(SEARCH_ATTRIBUTES).map(({ name }) => [name, 'Keyword']),
      ),
    })
    run({ name: 'temporal', command, args, env, stopSignal: 'SIGINT' })
    return { address: `127.0.0.1:${temporalPort}`, uiUrl: `http://127.0.0.1:${uiPort}` }
  }

  function startDevelopment(api: Supervised, childEnv: NodeJS.ProcessEnv): void {
    const vite = join(ROOT, 'node_modules/vite/bin/vite.js')
    run({
      name: 'ui',
      command: process.execPath,
      args: [vite, 'ui', '--port', String(port + 1)],
      cwd: ROOT,
      env: { ...childEnv, REDLINE_URL: apiUrl },
    })
    let timer: NodeJS.Timeout | undefined
    for (const folder of ['api', 'database', 'domain', 'engines', 'search', 'temporal', 'service']) {
      watch(join(ROOT, folder), { recursive: true, signal }, (_event, file) => {
        if (file?.endsWith('.ts') !== true || file.endsWith('.test.ts')) return
        clearTimeout(timer)
        timer = globalThis.setTimeout(() => {
          tell({ kind: 'step', text: `${folder}/${file} changed: restarting the API` })
          api.restart()
        }, 200)
      })
    }
    tell({ kind: 'step', text: `UI with live reload: http://localhost:${port + 1}` })
  }
}

async function findComponents({
  settings,
  env,
  tell,
  signal,
}: UpOptions): Promise<Partial<Record<ComponentName, Found>>> {
  const names: ComponentName[] = ['model', 'llama-server']
  if (settings.TEMPORAL_ADDRESS === undefined) names.unshift('temporal')
  if (settings.DATABASE_URL === undefined) names.unshift('postgres')
  const found: Partial<Record<ComponentName, Found>> = await ensureComponents(names, {
    env,
    cacheDir: cacheFolder(settings, env),
    onProgress: (progress) => tell({ kind: 'component', progress }),
    signal,
  })
  for (const component of Object.values(found)) tell({ kind: 'found', found: component })
  return found
}

async function claim(home: string, apiUrl: string): Promise<void> {
  const file = join(home, 'service.json')
  const identity = processIdentity(process.pid) ?? ''
  await writeFile(`${file}.${process.pid}`, JSON.stringify({ pid: process.pid, identity, apiUrl }))
  await rename(`${file}.${process.pid}`, file)
}

async function temporalReady(address: string, settings: Settings, signal: AbortSignal): Promise<void> {
  const client = temporalClient({
    address,
    namespace: settings.TEMPORAL_NAMESPACE,
    env: process.env,
  })
  const reachable = () =>
    client
      .withDeadline(Date.now() + 2000, () =>
        client.workflowService.describeNamespace({ namespace: settings.TEMPORAL_NAMESPACE }),
      )
      .then(
        () => true,
        () => false,
      )
  try {
    await until(
      reachable,
      `Temporal at ${address} does not answer for namespace ${settings.TEMPORAL_NAMESPACE}`,
      signal,
    )
  } finally {
    await client.connection.close()
  }
}

async function serviceReady(apiUrl: string, db: Database, logs: string, signal: AbortSignal): Promise<void> {
  const ready = async () => {
    const response = await fetch(`${apiUrl}/healthz`).catch(() => null)
    return response?.ok === true && (await listLiveHosts(db)).length > 0
  }
  await until(ready, `API or worker do not get ready; see ${logs}`, signal)
}

const PATIENCE_MS = 90_000

async function until(
  condition: () => Promise<boolean>,
  otherwise: string,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!(await condition())) {
    signal.throwIfAborted()
    if (performance.now() > deadline) throw new Error(otherwise)
    await setTimeout(100, undefined, { signal })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
