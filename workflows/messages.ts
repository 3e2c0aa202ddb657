import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { ActionRequest } from '../domain/action.ts'
import type { ActionName } from '../domain/action-rules.ts'
import { EXPERIMENT_ENDED_SIGNAL, LEASE_SIGNAL } from '../domain/temporal-names.ts'
import type { TuningPhase, TuningState } from '../domain/tuning-state.ts'

export interface TuningProgressView {
  state: TuningState
  phase: TuningPhase
  /** Numbers of the experiments that run now. */
  running: number[]
  finished: number
  budget: number
}

/** What an action came to. */
export interface ActionOutcome {
  state: TuningState
  /** The experiment that it planned; null when it planned none. */
  experiment: number | null
}

export const stateQuery = defineQuery<TuningState>('state')
export const progressQuery = defineQuery<TuningProgressView>('progress')

const actionUpdate = (name: ActionName) => defineUpdate<ActionOutcome, [ActionRequest]>(name)

// Updates rather than signals: whoever asks learns whether it was accepted.
export const ACTION_UPDATES = {
  pause: actionUpdate('pause'),
  resume: actionUpdate('resume'),
  cancel: actionUpdate('cancel'),
  finish: actionUpdate('finish'),
  extend: actionUpdate('extend'),
  add: actionUpdate('add'),
  rerun: actionUpdate('rerun'),
  exclude: actionUpdate('exclude'),
  adjust: actionUpdate('adjust'),
}

/** Answers when a run has begun, with what the action that opened it came to. */
export const openedUpdate = defineUpdate<ActionOutcome>('opened')

export const leaseSignal = defineSignal(LEASE_SIGNAL)
export const experimentEndedSignal =
  defineSignal<[number: number, cancelled: boolean]>(EXPERIMENT_ENDED_SIGNAL)
