import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'
import { fileURLToPath } from 'node:url'
import { createHousekeepingActivities } from '../activities/housekeeping-activities.ts'
import { createScheduleActivities } from '../activities/schedule-activities.ts'
import { createWebhookActivities } from '../activities/webhook-activities.ts'
import { createTuningActivities } from '../activities/tuning-activities.ts'
import { migrate, openDatabase } from '../database/connect.ts'
import { announceHost } from '../database/hosts.ts'
import { vaultOf } from '../database/vault.ts'
import { readSettings } from '../domain/settings.ts'
import { cpuDevices } from '../runtimes/detect-devices.ts'
import { temporalClient, workerConnection } from '../temporal/connection.ts'
import { ensureHousekeeping } from '../temporal/schedules.ts'
import { ensureTuningSchedule, operateSchedule } from '../temporal/tuning-schedules.ts'
import { deleteTuningWorkflow, startTuning } from '../temporal/tunings.ts'
import { bundleWorkflows, createWorkers, installRuntime, type WorkerOptions } from '../temporal/worker.ts'
import { bareActivities } from './bare-activities.ts'
import { instantEngineActivities } from './instant-engine.ts'

// A worker process of the benchmark, of Redline's own workflows or of the bare ones; both have the same options. It
// tells its parent when it is ready, and what it uses whenever it is asked.

const HOST = 'bench'
const DEVICES = 64

const bare = process.argv[2] === 'bare'
const { DATABASE_URL = '', TEMPORAL_ADDRESS = '', TEMPORAL_NAMESPACE } = readSettings(process.env)
const place = { address: TEMPORAL_ADDRESS, namespace: TEMPORAL_NAMESPACE, env: {} }
installRuntime((level, message, meta) => {
  if (level === 'ERROR' || level === 'WARN') process.stderr.write(`${message} ${JSON.stringify(meta)}\n`)
})

const common = {
  connection: await workerConnection(place),
  namespace: TEMPORAL_NAMESPACE,
  dataConverter: {},
  host: HOST,
}
const workers = await createWorkers({ ...common, ...(bare ? await bareParts() : await redlineParts()) })
process.on('message', () => process.send?.(usage()))
process.on('disconnect', () => process.exit())
const running = workers.map((worker) => worker.run())
process.send?.(usage())
await Promise.all(running)

type Parts = Omit<WorkerOptions, keyof typeof common>

/** Everything that `redline worker` has, with engines that take no time. */
async function redlineParts(): Promise<Parts> {
  const db = openDatabase(DATABASE_URL)
  await migrate(db)
  const client = temporalClient(place)
  await ensureHousekeeping(client)
  const announce = () =>
    announceHost(db, {
      name: HOST,
      devices: cpuDevices(DEVICES, DEVICES, 'none'),
      engines: [{ kind: 'llama.cpp', path: 'none', version: null }],
      runtimes: ['process'],
      labels: {},
      version: 'bench',
    })
  await announce()
  setInterval(() => void announce().catch(() => undefined), 5000)
  return {
    workflowBundle: await bundleWorkflows(),
    tuningActivities: createTuningActivities({
      db,
      client,
      hostLostAfterMs: 180_000,
      continueAfterEvents: 4000,
      repeatDisturbed: 0,
    }),
    housekeepingActivities: createHousekeepingActivities({
      db,
      client,
      startTuning: (tuning) => startTuning(client, tuning),
      ensureSchedule: (schedule) => ensureTuningSchedule(client, schedule),
      deleteHistory: (id) => deleteTuningWorkflow(client, id),
      retentionDays: 30,
      deletedDays: 7,
    }),
    scheduleActivities: createScheduleActivities({
      db,
      client,
      pauseSchedule: (schedule, reason) => operateSchedule(client, schedule, 'pause', reason),
    }),
    webhookActivities: createWebhookActivities({
      db,
      client,
      vault: vaultOf(undefined),
      privateNetworks: [],
    }),
    hostActivities: instantEngineActivities(db, HOST),
  }
}

/** Workflows and activities that do nothing: the worker asks for no more of them than that they have names. */
async function bareParts(): Promise<Parts> {
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('bare-workflows.ts', import.meta.url)),
    logger: new DefaultLogger('WARN'),
  })
  const activities = bareActivities as unknown as Parts['tuningActivities'] & Parts['hostActivities']
  const housekeepingActivities = {} as Parts['housekeepingActivities']
  return {
    workflowBundle,
    tuningActivities: activities,
    hostActivities: activities,
    housekeepingActivities,
    scheduleActivities: {} as Parts['scheduleActivities'],
    webhookActivities: {} as Parts['webhookActivities'],
  }
}

/** Memory that the process holds, the most that it ever held, in MiB, and processor time that it has used, in ms. */
function usage(): { rssMib: number; peakMib: number; cpuMs: number } {
  const { user, system } = process.cpuUsage()
  return {
    rssMib: process.memoryUsage.rss() / 2 ** 20,
    // In KiB on every system.
    peakMib: process.resourceUsage().maxRSS / 2 ** 10,
    cpuMs: (user + system) / 1000,
  }
}
