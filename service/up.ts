import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { ComponentName, Found, Progress } from '../components/component.ts'
import { ensureComponents } from '../components/ensure.ts'
import { openDatabase } from '../database/connect.ts'
import type { ListenPlace, Settings } from '../domain/settings.ts'
import { isFree } from '../runtimes/ports.ts'
import { stopEngines } from '../runtimes/index.ts'
import { startDevelopment } from './development.ts'
import { cacheFolder, hostRuntimes } from './host.ts'
import { ownerInvitation } from './owner.ts'
import { serviceReady, temporalReady } from './readiness.ts'
import { claimFolder, leaveFolder, runningService } from './running-service.ts'
import { startPostgres, startTemporal, type RunProcess } from './stores.ts'
import { endLeftovers, SERVICE_VARIABLE, supervise, type Supervised } from './supervise.ts'

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

const CLI = resolve(import.meta.dirname, '../cli/redline.mjs')

/**
 * Starts the whole service on this machine: what is not configured elsewhere is found or fetched and started here.
 * What an earlier service on the same state folder left running is ended first; engines stay, for the worker to adopt.
 */
export async function startService(options: UpOptions): Promise<Service> {
  const { settings, env, tell, signal } = options
  const home = resolve(settings.REDLINE_HOME)
  const logs = join(home, 'logs')
  const { REDLINE_LISTEN: listen, REDLINE_PORT: port } = settings
  const shownHost = listen === '0.0.0.0' || listen === '::' ? 'localhost' : listen
  const apiUrl = `http://${shownHost}:${port}`
  const step = (text: string) => tell({ kind: 'step', text })

  const existing = await runningService(settings)
  if (existing !== null)
    throw new Error(
      `a service is running on this state folder already: ${existing.apiUrl} (process ${existing.pid})`,
    )
  await mkdir(logs, { recursive: true })
  await endLeftovers(home)
  if (!(await isFree(port, listen)))
    throw new Error(`port ${port} is in use: stop the program that has it, or set REDLINE_PORT to another`)
  await claimFolder(home, apiUrl)

  const found = await findComponents(options)
  const started: Supervised[] = []
  const run: RunProcess = (spec) => {
    const logFile = join(logs, `${spec.name}.log`)
    const supervised = supervise(
      { ...spec, env: { ...spec.env, [SERVICE_VARIABLE]: home }, logFile },
      (how) => tell({ kind: 'trouble', text: `${spec.name} ${how}; starting it again (log: ${logFile})` }),
    )
    started.push(supervised)
    return supervised
  }
  const stop = async () => {
    for (const supervised of started.toReversed()) await supervised.stop()
    await stopEngines(hostRuntimes(settings, {}))
    await endLeftovers(home)
    await leaveFolder(home)
  }

  try {
    const place = { home, env, run }
    let databaseUrl = settings.DATABASE_URL
    if (databaseUrl === undefined) {
      step('starting PostgreSQL')
      databaseUrl = await startPostgres(found.postgres?.path ?? '', place, signal)
    }
    let temporal = { address: settings.TEMPORAL_ADDRESS ?? '', uiUrl: settings.TEMPORAL_UI_URL }
    if (settings.TEMPORAL_ADDRESS === undefined) {
      step("starting Temporal's dev server")
      temporal = await startTemporal(found.temporal?.path ?? '', place, settings)
    }
    const childEnv: NodeJS.ProcessEnv = {
      ...env,
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_UI_URL: temporal.uiUrl,
      ...(found['llama-server'] && { LLAMA_SERVER: found['llama-server'].path }),
      ...(found.model && { REDLINE_MODEL: found.model.path }),
    }
    const { TEMPORAL_NAMESPACE: namespace } = settings
    await temporalReady({ address: temporal.address, namespace }, env, signal)
    step('starting API and worker')
    const ours = (name: 'api' | 'worker', more: NodeJS.ProcessEnv = {}) =>
      run({
        name,
        command: process.execPath,
        args: ['--disable-warning=ExperimentalWarning', CLI, name],
        env: { ...childEnv, ...more },
        ours: true,
      })
    const api = ours('api')
    ours('worker', workerMetrics(settings.REDLINE_METRICS_LISTEN))
    if (options.dev) {
      const onChange = (file: string) => {
        step(`${file} changed: restarting the API`)
        api.restart()
      }
      const ui = startDevelopment({ apiUrl, port: port + 1, env: childEnv, run, onChange, signal })
      step(`UI with live reload: ${ui}`)
    }
    const db = openDatabase(databaseUrl)
    try {
      await serviceReady(apiUrl, db, logs, signal)
      const welcome = await ownerInvitation(db, { listen, apiUrl })
      if (welcome !== null) step(welcome)
    } finally {
      await db.destroy()
    }
    return { apiUrl, temporalUiUrl: temporal.uiUrl ?? null, found: Object.values(found), home, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** API and worker both have metrics: the worker's are a port further. */
function workerMetrics(place: ListenPlace | undefined): NodeJS.ProcessEnv {
  return place === undefined ? {} : { REDLINE_METRICS_LISTEN: `${place.address}:${place.port + 1}` }
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
    cacheDir: cacheFolder(env),
    onProgress: (progress) => tell({ kind: 'component', progress }),
    signal,
  })
  for (const component of Object.values(found)) tell({ kind: 'found', found: component })
  return found
}
