import { isFinished, type TuningState } from './tuning-state.ts'

/** The names of all actions. */
export const ACTION_NAMES = [
  'pause',
  'resume',
  'cancel',
  'finish',
  'extend',
  'add',
  'rerun',
  'exclude',
  'adjust',
] as const
export type ActionName = (typeof ACTION_NAMES)[number]

/** Actions that begin a finished tuning anew, from its history. */
const REOPENING: Partial<Record<TuningState, ActionName[]>> = {
  completed: ['extend', 'add', 'rerun', 'exclude'],
  cancelled: ['resume', 'finish', 'extend', 'add', 'rerun', 'exclude'],
  failed: ['resume', 'finish', 'extend', 'add', 'rerun', 'exclude'],
}

/** Says why an action does not fit a tuning's state; null when it does. */
export function refusal(action: ActionName, state: TuningState): string | null {
  if (isFinished(state)) {
    if (REOPENING[state]?.includes(action) === true) return null
    const instead = action === 'resume' ? ': extend its budget to go on' : ''
    return `the tuning is ${state}: it cannot be ${PAST[action]}${instead}`
  }
  if (state === 'cancelling' && action !== 'cancel')
    return `the tuning is being cancelled: it cannot be ${PAST[action]}`
  if (action === 'pause' && state === 'paused') return 'the tuning is already paused'
  if (action === 'resume' && state !== 'paused') return `the tuning is ${state}, not paused`
  return null
}

/** Tells whether an action lets a tuning run that does not run now. */
export function startsAgain(action: ActionName, state: TuningState): boolean {
  return isFinished(state) || (state === 'paused' && action === 'resume')
}

const PAST: Record<ActionName, string> = {
  pause: 'paused',
  resume: 'resumed',
  cancel: 'cancelled',
  finish: 'finished early',
  extend: 'extended',
  add: 'given another configuration',
  rerun: 'made to run an experiment again',
  exclude: 'changed',
  adjust: 'adjusted',
}
