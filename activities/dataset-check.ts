import type { Diagnosis } from '../domain/diagnosis.ts'
import { plainDiagnosis } from '../domain/plain-diagnosis.ts'
import type { Workload } from '../domain/workload.ts'
import { DatasetError } from '../loadgen/dataset-files.ts'
import { WHOLE } from '../loadgen/request-source.ts'
import { openSource } from '../loadgen/source.ts'

/** What a dataset that cannot be used means for an experiment: no other try of it reads the file better. */
export function datasetFailed(error: DatasetError): Diagnosis {
  return plainDiagnosis(
    'dataset_unreadable',
    `the dataset cannot be used: ${error.message}`,
    'workload.prompts.dataset.file is a path on the host that sends the load; its format is described in docs/measurement.md.',
  )
}

/** Says why a workload's dataset cannot be used, as far as its beginning shows; null when there is none, or it can. */
export async function datasetTrouble(workload: Workload): Promise<Diagnosis | null> {
  const calibration = { tokensPerWord: 1, overheadTokens: 0, measured: false }
  const source = openSource({ model: '', workload, calibration, stage: 'run', runSeed: 0 }, WHOLE)
  try {
    await source.ready?.()
    return null
  } catch (error) {
    if (error instanceof DatasetError) return datasetFailed(error)
    throw error
  } finally {
    source.close?.()
  }
}
