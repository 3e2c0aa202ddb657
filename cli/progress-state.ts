import type { LiveEvent, Tuning, TuningEvent } from '../client/client.ts'
import { figure } from '../domain/figures.ts'
import { bestFigure } from '../domain/history.ts'
import { expectedRuns } from '../domain/tuning.ts'

/** What a terminal shows of a running tuning, folded from its events. */
export interface ProgressState {
  state: string
  phase: string
  planned: number
  finished: number
  /** All engine starts that are expected: baseline, search, confirmation. */
  expected: number
  current: { number: number; kind: string; stage: string; configuration: Record<string, unknown> } | null
  /** What it is doing at the moment, in words. */
  live: string | null
  best: { number: number; objective: number } | null
  baseline: number | null
}

export function initialProgress({ spec, state, phase }: Tuning): ProgressState {
  const expected = expectedRuns(spec)
  return {
    state,
    phase,
    planned: 0,
    finished: 0,
    expected,
    current: null,
    live: null,
    best: null,
    baseline: null,
  }
}

/** Folds one event into the progress; pure. */
export function foldEvent(progress: ProgressState, { event }: TuningEvent): ProgressState {
  switch (event.type) {
    case 'tuning.created':
    case 'tuning.action':
    case 'tuning.limits':
    case 'experiment.repeated':
    case 'search.stopped':
    case 'experiment.excluded':
      return progress
    case 'tuning.state':
      return { ...progress, state: event.state, phase: event.phase }
    case 'experiment.planned': {
      const { experiment: number, kind, configuration } = event
      return {
        ...progress,
        planned: progress.planned + 1,
        current: { number, kind, configuration, stage: 'waiting' },
        live: null,
      }
    }
    case 'experiment.stage':
      if (progress.current?.number !== event.experiment) return progress
      return { ...progress, current: { ...progress.current, stage: event.stage } }
    case 'experiment.finished':
      return {
        ...progress,
        finished: progress.finished + 1,
        live: null,
        baseline: progress.finished === 0 && event.experiment === 0 ? event.objective : progress.baseline,
      }
    case 'tuning.best':
      return { ...progress, best: bestFigure(event.experiment, event.objective) }
  }
}

/** Folds what an experiment does at the moment; pure. */
export function foldLive(progress: ProgressState, live: LiveEvent): ProgressState {
  return { ...progress, live: liveText(live) }
}

function liveText(live: LiveEvent): string {
  if (live.type === 'experiment.starting') return live.text
  const { outputTokensPerSecond, inFlight } = live.figures
  return `${figure(outputTokensPerSecond)} tok/s, ${inFlight} in flight`
}
