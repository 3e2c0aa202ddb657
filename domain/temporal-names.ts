/** Names that workflows, activities, workers and clients must agree on. */

/** Where workflows and the activities that any worker can run are queued. */
export const TASK_QUEUE = 'redline'

/** Where the activities of one host's engines are queued. */
export function hostTaskQueue(host: string): string {
  return `redline-host-${host}`
}

/** The workflow of a tuning. */
export function tuningWorkflowId(tuningId: string): string {
  return `tuning-${tuningId}`
}

/** The workflow of an experiment, a child of its tuning's. */
export function experimentWorkflowId(tuningId: string, number: number): string {
  return `${tuningWorkflowId(tuningId)}/experiment-${number}`
}

/** A schedule in Temporal. */
export function temporalScheduleId(scheduleId: string): string {
  return `schedule-${scheduleId}`
}

/** The workflow that delivers one message to a webhook. */
export function webhookWorkflowId(deliveryId: string): string {
  return `webhook-${deliveryId}`
}

/** Tells a waiting experiment that asking for its devices is worth while. */
export const LEASE_SIGNAL = 'lease'

/** Tells a tuning that an experiment of an earlier run is over. */
export const EXPERIMENT_ENDED_SIGNAL = 'experimentEnded'

/** A configuration cannot work: a result with a diagnosis, never tried again. Details: the diagnosis. */
export const CONFIGURATION_FAILED = 'ConfigurationFailed'

/** The engine is gone through no fault of the configuration: a new start may help. Details: the diagnosis. */
export const ENGINE_LOST = 'EngineLost'

/** An action came after the end of its tuning's workflow: it may open the tuning again. */
export const TUNING_FINISHED = 'TuningFinished'
