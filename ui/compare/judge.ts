import { compareRuns } from '../../domain/comparison.ts'
import { objectiveMetric } from '../../domain/tuning.ts'
import { comparedText } from '../words/compare-words.ts'
import type { Subject } from './subjects.ts'

/** Judges one against another by all runs of both, in words; loaded by itself, as the statistics come with a library. */
export function judge(first: Subject, second: Subject): string {
  const { metric, higherIsBetter } = objectiveMetric(first.tuning.spec.objective)
  if (objectiveMetric(second.tuning.spec.objective).metric !== metric) return 'has another objective'
  const run = ({ tuning, experiment, values }: Subject) => ({
    tuningId: tuning.id,
    limitsBroken: false,
    best: experiment === null ? null : { configuration: experiment.configuration, values },
  })
  return comparedText(compareRuns(run(first), run(second), higherIsBetter), higherIsBetter)
}
