import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import { LEASE_SIGNAL } from '../domain/temporal-names.ts'
import type { TuningPhase, TuningState } from '../domain/tuning.ts'

/** Who asks for an action, and why. */
export interface ActionRequest {
  by: string
  reason: string | null
}

export interface TuningProgressView {
  state: TuningState
  phase: TuningPhase
  /** Numbers of the experiments that run now. */
  running: number[]
  finished: number
  budget: number
}

export const stateQuery = defineQuery<TuningState>('state')
export const progressQuery = defineQuery<TuningProgressView>('progress')

// Updates rather than signals: whoever asks learns whether it was accepted.
export const pauseUpdate = defineUpdate<TuningState, [ActionRequest]>('pause')
export const resumeUpdate = defineUpdate<TuningState, [ActionRequest]>('resume')
export const cancelUpdate = defineUpdate<TuningState, [ActionRequest]>('cancel')

export const leaseMayBeFreeSignal = defineSignal(LEASE_SIGNAL)
