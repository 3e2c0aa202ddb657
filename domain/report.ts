import { z } from 'zod'
import { ConstraintCheck } from './constraint.ts'
import { MetricName, Metrics } from './metric.ts'
import { Insight } from './insight.ts'
import { Configuration, ParameterValue } from './parameter.ts'
import { Gain } from './statistics/paired-gain.ts'

/** An experiment as a report shows it. */
export const ReportedExperiment = z.object({
  number: z.int(),
  configuration: Configuration,
  metrics: Metrics.nullable(),
  constraints: z.array(ConstraintCheck),
  feasible: z.boolean(),
  clientLimited: z.boolean().optional().meta({
    description: 'The load generator, not the engine, was the limit: the metrics judge nothing.',
  }),
})

const Aim = z.object({ metric: MetricName, higherIsBetter: z.boolean() })

export const Verdict = z.enum([
  'better',
  'worse',
  'no_difference',
  'not_settled',
  'only_feasible',
  'baseline_best',
  'nothing_feasible',
  'nothing_measured',
])
export type Verdict = z.infer<typeof Verdict>

/** With two objectives: what meets every constraint and is beaten in both by nothing. */
const Front = z.object({
  objectives: z.array(Aim),
  experiments: z.array(z.object({ number: z.int(), values: z.array(z.number()) })),
})

/** The outcome of a tuning, with its evidence. */
export const Report = z
  .object({
    tuningId: z.string(),
    name: z.string(),
    verdict: Verdict,
    headline: z.string().meta({ description: 'The verdict in a sentence.' }),
    objective: Aim,
    front: Front.nullable().default(null).meta({
      description:
        'With two objectives, the experiments that meet every constraint and that none beats in both, by the first.',
    }),
    best: ReportedExperiment.nullable().meta({
      description: 'The configuration to deploy; what comes closest when nothing meets the SLO.',
    }),
    baseline: ReportedExperiment.nullable(),
    changes: z
      .array(
        z.object({ parameter: z.string(), from: ParameterValue.nullable(), to: ParameterValue.nullable() }),
      )
      .meta({ description: 'Where the best differs from the baseline; null is the default of the engine.' }),
    gain: Gain.nullable().meta({ description: 'Best over baseline, from the confirmation.' }),
    confirmation: z
      .array(
        z.object({
          pair: z.int(),
          best: z.number().nullable(),
          baseline: z.number().nullable(),
          missing: z.string().nullable().default(null).meta({
            description: 'Which of the two has no value, and why; the pair does not count for the gain.',
          }),
        }),
      )
      .meta({ description: 'The objective of both in each pair.' }),
    finalists: z
      .array(
        z.object({
          number: z.int(),
          changes: z.int().meta({ description: 'Parameters in which it differs from the baseline.' }),
          gain: Gain.nullable(),
          feasible: z.boolean().meta({ description: 'Whether every run of it met every constraint.' }),
        }),
      )
      .default([])
      .meta({
        description:
          'What was confirmed, the best of the search first. The largest gain wins; within 2 % of it the fewest changes.',
      }),
    constraintsHold: z.boolean().nullable().meta({
      description: 'Whether the best met every constraint in all of its runs; null without constraints.',
    }),
    constraintsInConfirmation: z.array(
      z.object({
        constraint: z.string(),
        held: z.int(),
        runs: z.int(),
        worst: z
          .number()
          .nullable()
          .meta({ description: 'null when a run gave no value, which is worse than any.' }),
      }),
    ),
    command: z.string().nullable().meta({ description: 'The command line to deploy.' }),
    experiments: z.object({
      completed: z.int(),
      failed: z.int(),
      cutShort: z.int().default(0).meta({ description: 'Of the completed ones.' }),
      total: z.int(),
      spaceSize: z.number().nullable(),
    }),
    stopped: z.string().nullable().default(null).meta({
      description:
        'Why the search ended before its experiments were used up: its time, or no gain worth its cost.',
    }),
    insight: Insight.nullable().default(null).meta({
      description: 'What the experiments tell about the space; null when too little was measured.',
    }),
    durationMs: z.number(),
    createdAt: z.string(),
  })
  .meta({ id: 'Report' })
export type Report = z.infer<typeof Report>
