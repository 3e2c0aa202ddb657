import type {
  ExperimentBrief,
  LiveEvent,
  LiveFigures,
  Report,
  Tuning,
  TuningEvent,
} from '../../client/client.ts'
import { expectedRuns } from '../../domain/tuning.ts'
import { isFinished } from '../../domain/tuning-state.ts'
import { bestFigure } from '../../domain/history.ts'
import { foldActivity, type Activity } from './activity.ts'

/** A tuning as its page shows it. */
export interface TuningState {
  tuning: Tuning
  /** By number, without gaps. */
  experiments: ExperimentBrief[]
  report: Report | null
  /** Figures of running measurements, by experiment. */
  live: Record<number, LiveFigures>
  /** How far the starts of engines are, by experiment. */
  starting: Record<number, string>
  /** What people did with it, the earliest first, as far as it was told. */
  activity: Activity[]
  /** When the newest event happened. */
  lastEventAt: string | null
}

/** Folds one event; of events from before it was loaded only what people did is new, and what was folded changes nothing. Pure. */
export function foldEvent(state: TuningState, told: TuningEvent): TuningState {
  const activity = foldActivity(state.activity, told)
  const known = activity === state.activity ? state : { ...state, activity }
  return told.seq <= state.tuning.lastEvent ? known : foldNews(known, told)
}

function foldNews(state: TuningState, { seq, at, event }: TuningEvent): TuningState {
  const { tuning } = state
  const told = { ...state, lastEventAt: at, tuning: { ...tuning, lastEvent: seq } }
  switch (event.type) {
    case 'tuning.created':
    case 'tuning.action':
    case 'experiment.repeated':
    case 'search.stopped':
      return told
    case 'tuning.state':
      return {
        ...told,
        tuning: {
          ...told.tuning,
          state: event.state,
          phase: event.phase,
          message: event.message ?? tuning.message,
          startedAt: tuning.startedAt ?? (event.state === 'pending' ? null : at),
          finishedAt: isFinished(event.state) ? (tuning.finishedAt ?? at) : null,
        },
      }
    case 'experiment.planned':
      return {
        ...told,
        tuning: { ...told.tuning, experiments: counted(tuning, { planned: 1 }) },
        experiments: state.experiments.some(({ number }) => number === event.experiment)
          ? state.experiments
          : [...state.experiments, plannedExperiment(event, at)],
      }
    case 'experiment.stage':
      return {
        ...told,
        experiments: changed(state.experiments, event.experiment, (experiment) =>
          experiment.state === 'running'
            ? {
                ...experiment,
                stage: event.stage,
                attempt: event.attempt,
                startedAt: experiment.startedAt ?? (event.stage === 'waiting' ? null : at),
              }
            : experiment,
        ),
      }
    case 'experiment.finished': {
      const isBaseline = state.experiments.some(
        ({ number, kind }) => number === event.experiment && kind === 'baseline',
      )
      return {
        ...told,
        live: without(state.live, event.experiment),
        starting: without(state.starting, event.experiment),
        tuning: {
          ...told.tuning,
          baselineObjective: isBaseline ? event.objective : tuning.baselineObjective,
          experiments: counted(tuning, {
            completed: event.state === 'completed' ? 1 : 0,
            failed: event.state === 'failed' ? 1 : 0,
          }),
        },
        experiments: changed(state.experiments, event.experiment, (experiment) => ({
          ...experiment,
          state: event.state,
          stage: 'done',
          objective: event.objective,
          feasible: event.feasible,
          finishedAt: experiment.finishedAt ?? at,
        })),
      }
    }
    case 'tuning.limits': {
      const { budget, parallelism, priority } = event
      return {
        ...told,
        tuning: {
          ...told.tuning,
          experiments: { ...tuning.experiments, budget: budget.experiments },
          spec: { ...tuning.spec, budget, parallelism, priority },
        },
      }
    }
    case 'experiment.excluded':
      return {
        ...told,
        experiments: changed(state.experiments, event.experiment, (experiment) => ({
          ...experiment,
          excluded: event.excluded,
        })),
      }
    case 'tuning.best': {
      const { experiment: number, objective } = event
      const best = bestFigure(number, objective)
      return { ...told, tuning: { ...told.tuning, best } }
    }
  }
}

/** Folds what is announced of experiments; that of an experiment that is over change nothing. Pure. */
export function foldLive(state: TuningState, live: LiveEvent): TuningState {
  const { experiment } = live
  const runs = state.experiments.some(({ number, state: of }) => number === experiment && of === 'running')
  if (!runs) return state
  return live.type === 'experiment.live'
    ? { ...state, live: { ...state.live, [experiment]: live.figures } }
    : { ...state, starting: { ...state.starting, [experiment]: live.text } }
}

/** Puts an experiment that was read anew in its place. Pure. */
export function withExperiment(state: TuningState, experiment: ExperimentBrief): TuningState {
  return { ...state, experiments: changed(state.experiments, experiment.number, () => experiment) }
}

/** How far a tuning is, from 0 to 1. */
export function progressShare(tuning: Tuning): number {
  if (tuning.state === 'completed') return 1
  const { completed, failed } = tuning.experiments
  return Math.min(1, (completed + failed) / expectedRuns(tuning.spec))
}

/** How long what is left will take, by the experiments so far; null before the first is done. */
export function remainingMs({ tuning, experiments }: TuningState): number | null {
  if (isFinished(tuning.state)) return null
  const lengths = experiments.flatMap(({ state, startedAt, finishedAt }) =>
    state === 'completed' && startedAt !== null && finishedAt !== null
      ? [Date.parse(finishedAt) - Date.parse(startedAt)]
      : [],
  )
  if (lengths.length === 0) return null
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
  const { completed, failed } = tuning.experiments
  const left = Math.max(0, expectedRuns(tuning.spec) - completed - failed)
  return (left * mean) / Math.max(1, tuning.spec.parallelism ?? 1)
}

function counted(
  { experiments }: Tuning,
  more: { planned?: number; completed?: number; failed?: number },
): Tuning['experiments'] {
  return {
    ...experiments,
    planned: experiments.planned + (more.planned ?? 0),
    completed: experiments.completed + (more.completed ?? 0),
    failed: experiments.failed + (more.failed ?? 0),
  }
}

function changed(
  experiments: ExperimentBrief[],
  number: number,
  change: (experiment: ExperimentBrief) => ExperimentBrief,
): ExperimentBrief[] {
  return experiments.map((experiment) => (experiment.number === number ? change(experiment) : experiment))
}

function without<Told>(all: Record<number, Told>, experiment: number): Record<number, Told> {
  return Object.fromEntries(Object.entries(all).filter(([number]) => Number(number) !== experiment))
}

function plannedExperiment(
  event: Extract<TuningEvent['event'], { type: 'experiment.planned' }>,
  at: string,
): ExperimentBrief {
  return {
    number: event.experiment,
    kind: event.kind,
    role: event.role,
    pair: event.pair,
    confirms: null,
    replaces: null,
    excluded: false,
    configuration: event.configuration,
    state: 'running',
    stage: 'waiting',
    attempt: 1,
    plannedAt: at,
    startedAt: null,
    finishedAt: null,
    objective: null,
    feasible: null,
    result: null,
    host: null,
    devices: [],
  }
}
