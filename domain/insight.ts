import { z } from 'zod'
import { Configuration, ParameterValue } from './parameter.ts'

const Share = z
  .number()
  .meta({ description: 'Share of the variance of the objective over the space, 0 to 1.' })

/** A share with its 90 % interval. */
const SureShare = z.object({ share: Share, low: Share, high: Share })

/** What is expected where one parameter has one value, the others spread over the space. */
export const EffectPoint = z.object({
  value: ParameterValue,
  mean: z.number().meta({ description: 'The objective, in its own unit.' }),
  low: z.number().meta({ description: 'Lower end of the 90 % interval of the mean.' }),
  high: z.number(),
  failure: z.number().meta({ description: 'Probability that a configuration with this value fails.' }),
  feasible: z.number().meta({ description: 'Probability that one which runs meets every constraint.' }),
  fromBest: z.object({ mean: z.number(), failure: z.number(), feasible: z.number() }).nullable().meta({
    description:
      'The same for the recommended configuration with this value in place of its own; null where it has no such parameter, or nothing is recommended.',
  }),
})
export type EffectPoint = z.infer<typeof EffectPoint>

export const ParameterInsight = z.object({
  parameter: z.string(),
  importance: SureShare.meta({ description: 'The main effect: what this parameter does by itself.' }),
  total: Share.meta({ description: 'Main effect and interactions together.' }),
  best: ParameterValue.nullable().meta({
    description: 'Its value in the recommended configuration; null when it has none.',
  }),
  effect: z.array(EffectPoint).meta({ description: 'In order of the values; special ones first.' }),
})
export type ParameterInsight = z.infer<typeof ParameterInsight>

export const PairInsight = z.object({
  first: z.string(),
  second: z.string(),
  interaction: SureShare.meta({ description: 'What the two do together beyond their main effects.' }),
  cells: z
    .array(z.object({ first: ParameterValue, second: ParameterValue, mean: z.number() }))
    .meta({ description: 'The objective expected at pairs of values, the others spread over the space.' }),
})
export type PairInsight = z.infer<typeof PairInsight>

/** What could be expected were one limit another. */
export const RelaxedLimit = z.object({
  limit: z
    .number()
    .nullable()
    .meta({ description: 'The limit in place of the present one; null: none at all.' }),
  ratio: z.number().meta({
    description:
      'Objective expected of the best configuration, over that under the present limit, turned so that above 1 is better.',
  }),
  low: z.number().meta({ description: 'Lower end of the 90 % interval.' }),
  high: z.number(),
  configuration: Configuration.meta({
    description: 'The configuration that would be expected to be the best.',
  }),
})
export type RelaxedLimit = z.infer<typeof RelaxedLimit>

/** What the experiments of a tuning tell about its space. */
export const Insight = z
  .object({
    objective: z.object({ metric: z.string(), higherIsBetter: z.boolean() }),
    experiments: z.object({ measured: z.int(), failed: z.int() }).meta({
      description: 'What it rests on: experiments that teach something.',
    }),
    parameters: z.array(ParameterInsight).meta({ description: 'The most important first.' }),
    pairs: z.array(PairInsight).meta({ description: 'The strongest interactions first, at most five.' }),
    limits: z.array(z.object({ constraint: z.string(), relaxed: z.array(RelaxedLimit) })).meta({
      description: 'Per constraint, what relaxing it would buy; empty while nothing is likely to meet all.',
    }),
  })
  .meta({ id: 'Insight' })
export type Insight = z.infer<typeof Insight>
