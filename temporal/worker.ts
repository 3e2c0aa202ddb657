import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type BundlerPlugin,
  type NativeConnection,
  type WorkerPlugin,
  type WorkflowBundle,
} from '@temporalio/worker'
import { fileURLToPath } from 'node:url'
import type { DataConverter } from '@temporalio/common'
import type { EngineActivities } from '../activities/engine-activities.ts'
import type { HousekeepingActivities } from '../activities/housekeeping-activities.ts'
import type { LoadActivities } from '../activities/load-activities.ts'
import type { ScheduleActivities } from '../activities/schedule-activities.ts'
import type { TuningActivities } from '../activities/tuning-activities.ts'
import type { WebhookActivities } from '../activities/webhook-activities.ts'
import type { ListenPlace } from '../domain/settings.ts'
import { hostTaskQueue, TASK_QUEUE } from '../domain/temporal-names.ts'

/** Bundles the workflows once per process. */
export async function bundleWorkflows(plugins: BundlerPlugin[] = []): Promise<WorkflowBundle> {
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('WARN'),
    plugins,
  })
}

/** Sends the SDK's own log through ours, serves its metrics to Prometheus where asked, and leaves signals to the process. */
export function installRuntime(
  log: (level: string, message: string, meta: object) => void,
  metricsListen?: ListenPlace,
): void {
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => log(level, message, meta ?? {})),
    shutdownSignals: [],
    ...(metricsListen === undefined
      ? {}
      : {
          telemetryOptions: {
            metrics: { prometheus: { bindAddress: `${metricsListen.address}:${metricsListen.port}` } },
          },
        }),
  })
}

/** Workflows that a worker keeps in memory between their steps. */
const MAX_CACHED_WORKFLOWS = 500

/** What is done where an engine runs. */
export type HostActivities = EngineActivities & LoadActivities

export interface WorkerOptions {
  connection: NativeConnection
  namespace: string
  dataConverter: DataConverter
  host: string
  plugins?: WorkerPlugin[]
  workflowBundle: WorkflowBundle
  tuningActivities: TuningActivities
  housekeepingActivities: HousekeepingActivities
  scheduleActivities: ScheduleActivities
  webhookActivities: WebhookActivities
  hostActivities: HostActivities
}

/**
 * Creates the two workers of a process: one for workflows and the activities that any host can run, one for the
 * activities of this host's engines.
 */
export async function createWorkers(options: WorkerOptions): Promise<Worker[]> {
  const { connection, namespace, host, plugins = [], workflowBundle, tuningActivities } = options
  const { housekeepingActivities, scheduleActivities, webhookActivities, hostActivities } = options
  const shared = {
    connection,
    namespace,
    plugins,
    dataConverter: options.dataConverter,
    // A worker that was killed holds up each of its workflows for so long.
    stickyQueueScheduleToStartTimeout: '3 seconds',
    // Each takes some 2 MB; one that is not kept is replayed when it goes on.
    maxCachedWorkflows: MAX_CACHED_WORKFLOWS,
    shutdownGraceTime: '2 seconds',
    shutdownForceTime: '10 seconds',
    // Cancellation reaches an activity with the answer to a heartbeat: the default would hold those back for 12 s.
    maxHeartbeatThrottleInterval: '1 second',
  } as const
  return Promise.all([
    Worker.create({
      ...shared,
      taskQueue: TASK_QUEUE,
      workflowBundle,
      activities: {
        ...tuningActivities,
        ...housekeepingActivities,
        ...scheduleActivities,
        ...webhookActivities,
      },
    }),
    Worker.create({ ...shared, taskQueue: hostTaskQueue(host), activities: { ...hostActivities } }),
  ])
}
