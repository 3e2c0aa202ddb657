import { ApplicationFailure } from '@temporalio/common'
import type { Database } from '../database/connect.ts'
import { findTuning, type StoredTuning } from '../database/tunings.ts'
import type { Diagnosis } from '../domain/diagnosis.ts'
import { CONFIGURATION_FAILED, ENGINE_LOST } from '../domain/temporal-names.ts'

export function configurationFailed(diagnosis: Diagnosis): ApplicationFailure {
  return ApplicationFailure.nonRetryable(diagnosis.summary, CONFIGURATION_FAILED, diagnosis)
}

export function engineLost(diagnosis: Diagnosis): ApplicationFailure {
  return ApplicationFailure.nonRetryable(diagnosis.summary, ENGINE_LOST, diagnosis)
}

/** Returns a tuning; one that was deleted under its workflow ends the activity for good. */
export async function tuningOrFail(db: Database, tuningId: string): Promise<StoredTuning> {
  const tuning = await findTuning(db, tuningId)
  if (tuning !== null) return tuning
  throw ApplicationFailure.nonRetryable(`tuning ${tuningId} was deleted`, 'TuningDeleted')
}
