import { ApplicationFailure } from '@temporalio/common'
import type { Diagnosis } from '../domain/diagnosis.ts'

/** A configuration cannot work: a result with a diagnosis, never tried again. Details: the diagnosis. */
export const CONFIGURATION_FAILED = 'ConfigurationFailed'
/** The engine is gone through no fault of the configuration: a new start may help. Details: the diagnosis. */
export const ENGINE_LOST = 'EngineLost'

export function configurationFailed(diagnosis: Diagnosis): ApplicationFailure {
  return ApplicationFailure.nonRetryable(diagnosis.summary, CONFIGURATION_FAILED, diagnosis)
}

export function engineLost(diagnosis: Diagnosis): ApplicationFailure {
  return ApplicationFailure.nonRetryable(diagnosis.summary, ENGINE_LOST, diagnosis)
}
