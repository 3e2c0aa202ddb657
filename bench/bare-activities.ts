const NAMES = [
  'planExperiment',
  'acquireLease',
  'startEngine',
  'awaitReady',
  'warmUp',
  'measure',
  'recordMeasurement',
  'stopEngine',
  'closeExperiment',
] as const

/** Redline's activities of an experiment, in their order, by name. */
export type BareActivities = Record<(typeof NAMES)[number], () => Promise<void>>

/** Activities that do nothing. */
export const bareActivities = Object.fromEntries(
  NAMES.map((name) => [name, async () => undefined]),
) as BareActivities
