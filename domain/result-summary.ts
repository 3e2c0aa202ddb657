import { cutShortText } from './cut-short.ts'
import type { ExperimentResult } from './experiment.ts'
import { figure } from './figures.ts'
import { constraintText, metricFigure } from './metric-words.ts'
import { objectiveMetric, type Objectives } from './tuning.ts'

/** Says what came of an experiment in a line; without a result it was cancelled. */
export function summaryOf(result: ExperimentResult | null, objective: Objectives): string {
  if (result === null) return 'cancelled'
  if (result.status === 'failed') return result.diagnosis.summary
  const { clientLimited, warnings, cutShort, metricsWithFailures } = result.measurement
  if (clientLimited)
    return `not used: the load generator was the limit (${warnings.find((warning) => warning.startsWith('client limited')) ?? warnings[0] ?? ''})`
  if (cutShort !== undefined) return cutShortText(cutShort)
  const { metric } = objectiveMetric(objective)
  const reached = metricFigure(metric, metricsWithFailures[metric])
  const broken = result.constraints.find(({ holds }) => !holds)
  return broken === undefined
    ? reached
    : `${reached}, breaks ${constraintText(broken.constraint)} (${figure(broken.value)})`
}
