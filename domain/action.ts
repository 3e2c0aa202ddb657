import { z } from 'zod'
import type { ActionName } from './action-rules.ts'
import { Duration } from './duration-schema.ts'
import { Configuration } from './parameter.ts'

const Running = z.enum(['finish', 'abandon']).default('finish').meta({
  description: 'What becomes of experiments that run: they finish, or are stopped and tried again later.',
})
const ExperimentNumber = z.int32().min(0)

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
} as const satisfies Record<ActionName, z.ZodType>

const named = <Name extends ActionName>(name: Name) =>
  z
    .object({ action: z.literal(name), arguments: ACTIONS[name] })
    .meta({ id: `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Action` })

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
