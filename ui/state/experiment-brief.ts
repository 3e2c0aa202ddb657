import type { Experiment, ExperimentBrief } from '../../client/client.ts'

/** Takes from an experiment what a list shows of it. Pure. */
export function briefOf(experiment: Experiment): ExperimentBrief {
  const { number, kind, role, pair, confirms, replaces, excluded, configuration } = experiment
  const { state, stage, attempt, plannedAt, startedAt, finishedAt, objective, feasible } = experiment
  const { result, conditions } = experiment
  return {
    ...{ number, kind, role, pair, confirms, replaces, excluded, configuration },
    ...{ state, stage, attempt, plannedAt, startedAt, finishedAt, objective, feasible },
    result: briefResult(result),
    host: conditions?.host ?? null,
    devices: conditions?.devices ?? [],
  }
}

function briefResult(result: Experiment['result']): ExperimentBrief['result'] {
  if (result === null) return null
  if (result.status === 'failed') {
    const { kind, summary, evidence } = result.diagnosis
    return { status: 'failed', diagnosis: { kind, summary, evidence } }
  }
  const { constraints, measurement } = result
  const { clientLimited, cutShort = null } = measurement
  return { status: 'measured', constraints, clientLimited, cutShort }
}
