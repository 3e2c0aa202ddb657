import type { ExperimentBrief } from '../../client/client.ts'

export interface FailureCause {
  summary: string
  /** The line of a log that shows it. */
  evidence: string | null
  /** Numbers of the experiments. */
  experiments: number[]
}

/** Groups failed experiments by what went wrong, the most frequent first. Pure. */
export function failureCauses(experiments: ExperimentBrief[]): FailureCause[] {
  const causes = new Map<string, FailureCause>()
  for (const { number, result } of experiments) {
    if (result?.status !== 'failed') continue
    const { summary, evidence } = result.diagnosis
    const known = causes.get(summary) ?? { summary, evidence, experiments: [] }
    causes.set(summary, {
      summary,
      evidence: known.evidence ?? evidence,
      experiments: [...known.experiments, number],
    })
  }
  return [...causes.values()].toSorted((a, b) => b.experiments.length - a.experiments.length)
}
