import { z } from 'zod'
import { ConfirmationRole, ExperimentKind, ExperimentStage, ExperimentState } from './experiment.ts'
import { LiveFigures } from './measurement.ts'
import { Configuration } from './parameter.ts'
import { TuningAction } from './action.ts'
import { Budget, TuningPhase, TuningState } from './tuning.ts'

/** What happened in a tuning, as kept: each has a number that grows by one within its tuning. */
export const TuningEventBody = z.discriminatedUnion('type', [
  z.object({ type: z.literal('tuning.created'), name: z.string() }),
  z.object({
    type: z.literal('tuning.state'),
    state: TuningState,
    phase: TuningPhase,
    message: z.string().nullable(),
  }),
  z.object({
    type: z.literal('tuning.action'),
    what: TuningAction,
    by: z.string(),
    reason: z.string().nullable(),
  }),
  z.object({
    type: z.literal('tuning.limits'),
    budget: Budget,
    parallelism: z.int(),
    priority: z.int(),
  }),
  z.object({
    type: z.literal('experiment.planned'),
    experiment: z.int(),
    kind: ExperimentKind,
    configuration: Configuration,
    reason: z.string(),
    role: ConfirmationRole.nullable(),
    pair: z.int().nullable(),
  }),
  z.object({
    type: z.literal('experiment.stage'),
    experiment: z.int(),
    stage: ExperimentStage,
    attempt: z.int(),
  }),
  z.object({
    type: z.literal('experiment.finished'),
    experiment: z.int(),
    state: ExperimentState,
    objective: z.number().nullable(),
    feasible: z.boolean(),
    summary: z.string(),
  }),
  z.object({ type: z.literal('experiment.repeated'), experiment: z.int(), reason: z.string() }).meta({
    description: 'It is measured again on the same engine: the measurement was disturbed.',
  }),
  z.object({ type: z.literal('experiment.excluded'), experiment: z.int(), excluded: z.boolean() }),
  z
    .object({
      type: z.literal('search.stopped'),
      reason: z.string(),
      expectedGain: z
        .number()
        .meta({ description: 'Of the next experiment, as a share of the best objective.' }),
    })
    .meta({ description: 'No further gain is worth its cost: the search ends before its budget.' }),
  z.object({
    type: z.literal('tuning.best'),
    experiment: z.int().nullable(),
    objective: z.number().nullable(),
  }),
])
export type TuningEventBody = z.infer<typeof TuningEventBody>

export const TuningEvent = z
  .object({ seq: z.int(), at: z.string(), event: TuningEventBody })
  .meta({ id: 'TuningEvent' })
export type TuningEvent = z.infer<typeof TuningEvent>

/** What else has changed than a tuning: announced, not kept. */
export type News = 'fleet' | 'schedules'

/** What an experiment does at the moment: announced, not kept. */
export const LiveEvent = z
  .discriminatedUnion('type', [
    z
      .object({ type: z.literal('experiment.live'), experiment: z.int(), figures: LiveFigures })
      .meta({ id: 'MeasuringEvent' }),
    z.object({ type: z.literal('experiment.starting'), experiment: z.int(), text: z.string() }).meta({
      id: 'StartingEvent',
      description: 'How far the start of its engine is, such as the pull of an image.',
    }),
  ])
  .meta({ id: 'LiveEvent' })
export type LiveEvent = z.infer<typeof LiveEvent>
