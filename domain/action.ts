import { z } from 'zod'
import { Duration } from './duration.ts'
import { Configuration } from './parameter.ts'
import { isFinished, type TuningState } from './tuning.ts'

const Running = z.enum(['finish', 'abandon']).default('finish').meta({
  description: 'What becomes of experiments that run: they finish, or are stopped and tried again later.',
})
const ExperimentNumber = z.int().min(0)

/** What people ask of a tuning, by name: the arguments that each takes. */
export const ACTIONS = {
  pause: z.strictObject({ running: Running }),
  resume: z.strictObject({}),
  cancel: z.strictObject({}),
  finish: z.strictObject({ running: Running }),
  extend: z
    .strictObject({
      experiments: z
        .int()
        .min(1)
        .max(10_000)
        .optional()
        .meta({ description: 'More experiments of the search.' }),
      time: Duration.optional().meta({ description: 'More time for the search.' }),
    })
    .refine(({ experiments, time }) => experiments !== undefined || time !== undefined, {
      error: 'say by how much: experiments, time, or both',
    }),
  add: z.strictObject({ configuration: Configuration }),
  rerun: z.strictObject({ experiment: ExperimentNumber }),
  exclude: z.strictObject({
    experiment: ExperimentNumber,
    excluded: z.boolean().default(true).meta({ description: 'false takes it in again.' }),
  }),
  adjust: z
    .strictObject({
      priority: z.int().min(-100).max(100).optional(),
      parallelism: z.int().min(1).max(64).optional(),
    })
    .refine(({ priority, parallelism }) => priority !== undefined || parallelism !== undefined, {
      error: 'say what to change: priority, parallelism, or both',
    }),
} as const

export type ActionName = keyof typeof ACTIONS

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
] as const satisfies readonly ActionName[]

const named = <Name extends ActionName>(name: Name) =>
  z.object({ action: z.literal(name), arguments: ACTIONS[name] })

/** An action with its arguments. */
export const TuningAction = z
  .discriminatedUnion('action', [
    named('pause'),
    named('resume'),
    named('cancel'),
    named('finish'),
    named('extend'),
    named('add'),
    named('rerun'),
    named('exclude'),
    named('adjust'),
  ])
  .meta({ id: 'TuningAction' })
export type TuningAction = z.infer<typeof TuningAction>

/** An action as it reaches a tuning: what, by whom, and why. */
export const ActionRequest = z.object({
  what: TuningAction,
  by: z.string(),
  reason: z.string().nullable(),
})
export type ActionRequest = z.infer<typeof ActionRequest>

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

/** Writes an action in words, for logs of what was done. */
export function actionText({ action, arguments: given }: TuningAction): string {
  switch (action) {
    case 'pause':
      return given.running === 'abandon' ? 'paused, running experiments stopped' : 'paused'
    case 'resume':
      return 'resumed'
    case 'cancel':
      return 'cancelled'
    case 'finish':
      return given.running === 'abandon' ? 'finished early, running experiments stopped' : 'finished early'
    case 'extend': {
      const parts = [
        ...(given.experiments === undefined ? [] : [`${given.experiments} experiments`]),
        ...(given.time === undefined ? [] : [given.time]),
      ]
      return `extended by ${parts.join(' and ')}`
    }
    case 'add':
      return 'added a configuration'
    case 'rerun':
      return `asked for experiment ${given.experiment} again`
    case 'exclude':
      return `${given.excluded ? 'excluded' : 'took in again'} experiment ${given.experiment}`
    case 'adjust': {
      const parts = [
        ...(given.priority === undefined ? [] : [`priority to ${given.priority}`]),
        ...(given.parallelism === undefined ? [] : [`parallelism to ${given.parallelism}`]),
      ]
      return `set ${parts.join(' and ')}`
    }
  }
}
