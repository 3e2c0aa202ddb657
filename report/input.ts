import type { ExperimentConditions, ExperimentKind, ExperimentResult } from '../domain/experiment.ts'
import type { Configuration } from '../domain/parameter.ts'
import type { Report } from '../domain/report.ts'
import type { TuningSpec } from '../domain/tuning.ts'

/** An experiment, as far as a report needs it. */
export interface ReportExperiment {
  number: number
  kind: ExperimentKind
  state: 'running' | 'completed' | 'failed' | 'cancelled'
  excluded: boolean
  configuration: Configuration
  /** Why it was tried. */
  reason: string
  objective: number | null
  feasible: boolean | null
  result: ExperimentResult | null
  conditions: ExperimentConditions | null
}

/** What a report is written from. */
export interface ReportInput {
  spec: TuningSpec
  report: Report
  /** All of the tuning's, by number. */
  experiments: ReportExperiment[]
}

/** Returns the experiment of a number. */
export function experimentOf(
  { experiments }: ReportInput,
  number: number | undefined,
): ReportExperiment | null {
  return experiments.find((experiment) => experiment.number === number) ?? null
}

/** Returns a metric of what a report shows. */
export function metricOf(of: Report['best'], name: string): number | null {
  const metrics: Partial<Record<string, number | null>> = of?.metrics ?? {}
  return metrics[name] ?? null
}

export type Measured = Extract<ExperimentResult, { status: 'measured' }>

/** Returns the measurement of an experiment; null when it has none. */
export function measured(experiment: ReportExperiment | null): Measured | null {
  return experiment?.result?.status === 'measured' ? experiment.result : null
}
