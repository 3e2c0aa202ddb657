import type { Database } from '../database/connect.ts'
import { saveConditions, setExperimentStage } from '../database/experiments.ts'
import type { ExperimentStage } from '../domain/experiment.ts'
import type { Measurement } from '../domain/measurement.ts'
import { METRIC_NAMES, type Metrics } from '../domain/metric.ts'
import type { HostActivities } from '../temporal/worker.ts'
import { newMeasurement } from '../tests/measurement.ts'

/** Activities of a host whose engines take no time: what they write of stages is real, what they measure is made up. */
export function instantEngineActivities(db: Database, host: string): HostActivities {
  const enter = (
    { tuningId, number, attempt }: Parameters<HostActivities['stopEngine']>[0],
    stage: ExperimentStage,
  ) => setExperimentStage(db, tuningId, number, { stage, attempt })

  return {
    async startEngine(ref, devices) {
      await enter(ref, 'starting')
      await saveConditions(db, ref.tuningId, ref.number, {
        host,
        devices: devices.map(({ id }) => id),
        engineVersion: null,
        model: 'none',
        command: [],
        attempts: ref.attempt,
      })
    },
    async awaitReady(ref) {
      await enter(ref, 'loading')
    },
    async warmUp(ref) {
      await enter(ref, 'warming')
      return { tokensPerWord: 1, overheadTokens: 0, measured: true }
    },
    async measure(ref) {
      await enter(ref, 'measuring')
      return measurementOf(ref.number)
    },
    async stopEngine() {
      // Nothing runs.
    },
  }
}

/** A measurement as large as a real one, of which experiments differ. */
function measurementOf(number: number): Measurement {
  const value = 100 + ((number * 37) % 101)
  const metrics = Object.fromEntries(METRIC_NAMES.map((name) => [name, value])) as Metrics
  return newMeasurement(metrics, { outputTokensPerSecondSeries: [value] })
}
