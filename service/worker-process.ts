import { once } from 'node:events'
import type { Logger } from 'pino'
import { createEngineActivities, type InstalledEngine } from '../activities/engine-activities.ts'
import { createHousekeepingActivities } from '../activities/housekeeping-activities.ts'
import { createLoadActivities } from '../activities/load-activities.ts'
import { createScheduleActivities } from '../activities/schedule-activities.ts'
import { createTuningActivities } from '../activities/tuning-activities.ts'
import { createWebhookActivities } from '../activities/webhook-activities.ts'
import { saveCatalogue } from '../database/catalogues.ts'
import { migrate, openDatabase, type Database } from '../database/connect.ts'
import { isEngineWanted } from '../database/experiments.ts'
import { announceHost, retireHost } from '../database/hosts.ts'
import { vaultOf } from '../database/vault.ts'
import type { Allowed } from '../domain/allowed.ts'
import type { Network } from '../domain/network.ts'
import type { TuningSpec } from '../domain/tuning.ts'
import type { ListenPlace } from '../domain/settings.ts'
import { detectDevices } from '../runtimes/detect-devices.ts'
import { availableKinds, stopEngines, type Runtimes } from '../runtimes/index.ts'
import {
  dataConverter,
  ensureNamespace,
  registerSearchAttributes,
  temporalClient,
  workerConnection,
  type TemporalPlace,
} from '../temporal/connection.ts'
import { offerFreeDevices } from '../temporal/leases.ts'
import { ensureHousekeeping } from '../temporal/schedules.ts'
import { ensureTuningSchedule, operateSchedule } from '../temporal/tuning-schedules.ts'
import { deleteTuningWorkflow, startTuning } from '../temporal/tunings.ts'
import { bundleWorkflows, createWorkers, installRuntime } from '../temporal/worker.ts'

export interface WorkerProcessOptions {
  databaseUrl: string
  temporal: TemporalPlace
  host: string
  runtimes: Runtimes
  engines: Partial<Record<TuningSpec['engine']['kind'], InstalledEngine>>
  models: Record<string, string>
  labels: Record<string, string>
  cpuShares: number | undefined
  hostLostAfterMs: number
  continueAfterEvents: number
  /** How often a disturbed measurement is repeated. */
  repeatDisturbed: number
  retentionDays: number
  deletedDays: number
  privateNetworks: Network[]
  /** What tunings may run. */
  allowed: Allowed
  /** Redline's version. */
  version: string
  /** Whether traces are sent, to where OpenTelemetry's variables say. */
  traced: boolean
  /** Where Prometheus finds the metrics of Temporal's SDK. */
  metricsListen: ListenPlace | undefined
  log: Logger
}

const ANNOUNCE_EVERY_MS = 5000
const SWEEP_EVERY_MS = 30_000

/** Runs the workers of this host until the signal; engines live on, and the next worker takes them over. */
export async function runWorker(options: WorkerProcessOptions, signal: AbortSignal): Promise<void> {
  const { databaseUrl, temporal, host, runtimes, engines, models, log } = options
  const db = openDatabase(databaseUrl)
  await migrate(db)
  installRuntime((level, message, meta) => logAt(log, level, meta, message), options.metricsListen)
  const tracing = options.traced ? (await import('./tracing.ts')).startTracing('worker') : null
  const plugins = tracing === null ? [] : [tracing.plugin]
  const client = temporalClient(temporal, plugins)
  await ensureNamespace(client, temporal.namespace)
  await registerSearchAttributes(client, temporal.namespace)
  await ensureHousekeeping(client)
  await stopOrphans(db, runtimes, log)

  const vault = vaultOf(temporal.encryptionKey)
  const connection = await workerConnection(temporal)
  const workers = await createWorkers({
    connection,
    namespace: temporal.namespace,
    dataConverter: dataConverter(temporal),
    host,
    plugins,
    workflowBundle: await bundleWorkflows(plugins),
    tuningActivities: createTuningActivities({
      db,
      client,
      hostLostAfterMs: options.hostLostAfterMs,
      continueAfterEvents: options.continueAfterEvents,
      repeatDisturbed: options.repeatDisturbed,
    }),
    housekeepingActivities: createHousekeepingActivities({
      db,
      client,
      startTuning: (tuning) => startTuning(client, tuning),
      ensureSchedule: (schedule) => ensureTuningSchedule(client, schedule),
      deleteHistory: (id) => deleteTuningWorkflow(client, id),
      retentionDays: options.retentionDays,
      deletedDays: options.deletedDays,
    }),
    scheduleActivities: createScheduleActivities({
      db,
      client,
      pauseSchedule(schedule, reason) {
        log.warn({ schedule: schedule.id }, `the schedule ${schedule.name} was paused: ${reason}`)
        return operateSchedule(client, schedule, 'pause', reason)
      },
    }),
    webhookActivities: createWebhookActivities({
      db,
      client,
      vault,
      privateNetworks: options.privateNetworks,
    }),
    hostActivities: {
      ...createEngineActivities({
        db,
        runtimes,
        host,
        engines,
        models,
        vault,
        allowed: options.allowed,
        privateNetworks: options.privateNetworks,
      }),
      ...createLoadActivities({ db, runtimes, vault, host, repeatDisturbed: options.repeatDisturbed }),
    },
  })

  const devices = await detectDevices({ cpuShares: options.cpuShares })
  // A Docker engine that does not answer for a moment is no reason to call experiments impossible.
  const kinds = new Set<string>()
  const announce = async () => {
    for (const kind of await availableKinds(runtimes)) kinds.add(kind)
    await announceHost(db, {
      name: host,
      devices,
      engines: Object.entries(engines).map(([kind, { path, version }]) => ({ kind, path, version })),
      runtimes: [...kinds],
      labels: options.labels,
      version: options.version,
    })
  }
  await announce()
  for (const [kind, { parameters }] of Object.entries(engines))
    if (parameters !== undefined) await saveCatalogue(db, host, kind, parameters)
  await offerFreeDevices(db, client)
  const announcing = setInterval(() => {
    announce().catch((error: unknown) => log.warn({ err: error }, 'could not announce this host'))
  }, ANNOUNCE_EVERY_MS)
  const sweeping = setInterval(() => {
    stopOrphans(db, runtimes, log).catch((error: unknown) =>
      log.warn({ err: error }, 'could not look for orphan engines'),
    )
  }, SWEEP_EVERY_MS)
  log.info({ host, engines: Object.keys(engines) }, 'worker ready')

  const running = Promise.all(workers.map((worker) => worker.run()))
  const aborted = signal.aborted ? Promise.resolve() : once(signal, 'abort')
  await Promise.race([running, aborted])
  clearInterval(announcing)
  clearInterval(sweeping)
  await retireHost(db, host).catch(() => undefined)
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown()
  await running
  await connection.close()
  await client.connection.close()
  await db.destroy()
  await tracing?.end()
}

/** Stops engines that no running experiment owns: left by a worker that died, or by a tuning that was deleted. */
async function stopOrphans(db: Database, runtimes: Runtimes, log: Logger): Promise<void> {
  const isWanted = (key: string) => {
    const [tuningId = '', number, attempt] = key.split('-')
    return isEngineWanted(db, tuningId, Number(number), Number(attempt))
  }
  await stopEngines(runtimes, isWanted, (key) =>
    log.warn({ key }, 'stopping an engine without an experiment'),
  )
}

function logAt(log: Logger, level: string, meta: object, message: string): void {
  if (level === 'ERROR') log.error(meta, message)
  else if (level === 'WARN') log.warn(meta, message)
  else if (level === 'INFO') log.info(meta, message)
  else log.debug(meta, message)
}
