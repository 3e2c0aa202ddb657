import { z } from 'zod'
import { Constraint } from './constraint.ts'
import { Duration } from './duration-schema.ts'
import { SEALED } from './mask-secrets.ts'
import { MetricName } from './metric.ts'
import { Name } from './name.ts'
import { Configuration } from './parameter.ts'
import { Rule } from './rule.ts'
import { RuntimeSpec } from './runtime.ts'
import { Space } from './space.ts'
import { TUNING_PHASES, TUNING_STATES } from './tuning-state.ts'
import { Workload } from './workload.ts'

/** Encrypted, a value is longer than when it was entered. */
const Variable = z
  .string()
  .refine((value) => value.length <= 4000 || value.startsWith(SEALED), 'at most 4000 characters')
  .meta({ maxLength: 4000 })

const EngineFields = z.strictObject({
  kind: z.enum(['llama.cpp', 'vllm', 'sglang', 'tensorrt-llm', 'openai', 'command']).meta({
    description:
      'The engine to tune; openai: any OpenAI-compatible endpoint, of which only the load is tuned; command: a program of yours that measures a configuration by itself.',
  }),
  model: z.string().min(1).max(1000).meta({
    description:
      'A model file on the host that runs the engine, or the name of a model that Redline provides (gemma-3-270m).',
  }),
  args: Configuration.default({}).meta({
    description: 'Parameters fixed for every experiment, the baseline included.',
  }),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'not the name of a variable'), Variable)
    .default({})
    .meta({ description: 'Environment variables of the engine.' }),
  command: z.array(z.string().min(1).max(4000)).min(1).max(100).optional().meta({
    description:
      'Of kind command: the program with its arguments. It finds the configuration as JSON in REDLINE_CONFIGURATION and prints {"metrics":{...}} as its last line.',
  }),
  timeout: Duration.optional().meta({ description: 'Of kind command: the longest that it may take, 1h.' }),
})

export const EngineSpec = EngineFields.superRefine(({ kind, command, timeout }, context) => {
  const wrong = (member: string, message: string) =>
    context.addIssue({ code: 'custom', path: [member], message })
  if (kind === 'command' && command === undefined) wrong('command', 'which program? for example ["./bench"]')
  if (kind === 'command') return
  if (command !== undefined) wrong('command', 'only an engine of kind command has one')
  if (timeout !== undefined) wrong('timeout', 'only an engine of kind command has one')
})
export type EngineSpec = z.infer<typeof EngineSpec>

export const Objective = z.union([
  z.strictObject({ maximize: MetricName.meta({ description: 'More of it is better.' }) }),
  z.strictObject({ minimize: MetricName.meta({ description: 'Less of it is better.' }) }),
])
export type Objective = z.infer<typeof Objective>

/** What is to be made better: one metric, or two whose Pareto front is looked for. */
export const Objectives = z
  .union([
    ...Objective.options,
    z
      .array(Objective)
      .min(1)
      .max(2)
      .refine((list) => new Set(list.map((one) => aimOf(one).metric)).size === list.length, {
        message: 'two objectives are of two metrics',
      }),
  ])
  .meta({
    description:
      'One, or a list of two: then the search looks for their Pareto front, and the first decides which is the best.',
  })
export type Objectives = z.infer<typeof Objectives>

/** What an experiment needs of a host. */
export const Hardware = z.strictObject({
  devices: z.int().min(1).max(64).optional().meta({
    description:
      'Devices of one host that each experiment holds; by default as many as its parallel sizes ask for.',
  }),
  labels: z
    .record(z.string().max(100), z.string().max(100))
    .default({})
    .meta({ description: 'Labels that the host must have.' }),
})

/** How configurations are chosen; `model` learns from the history, the others do not look at it. */
export const SearchMethod = z.enum(['model', 'random', 'sobol', 'grid'])
export type SearchMethod = z.infer<typeof SearchMethod>

/** When a search ends before its budget is used up. */
export const StopRule = z.union([
  z.enum(['off', 'on']),
  z.strictObject({
    gainPerHour: z.number().positive().max(100).meta({
      description: 'Share of the best objective that an hour of experiments must be expected to gain.',
    }),
  }),
])
export type StopRule = z.infer<typeof StopRule>

export const Budget = z.strictObject({
  experiments: z.int().min(1).max(10_000).default(16).meta({
    description: 'Configurations to try, besides the baseline and the confirmation.',
  }),
  time: Duration.optional().meta({
    description: 'No experiment of the search starts after this; pauses and the confirmation are left out.',
  }),
  cutShort: z.boolean().default(true).meta({
    description:
      'Whether a measurement of the search ends as soon as it is clear that the configuration breaks a limit or cannot come close to the best so far. The baseline and the confirmation are always measured to the end.',
  }),
  stop: StopRule.default('off').meta({
    description:
      'Whether the search ends when no more gain is worth its cost: when the next experiment is expected to gain less than 0.2 % (on), or experiments less than so much an hour.',
  }),
})

const NAME = { description: 'For people; need not be unique.' }

/** What a user asks for: everything that a tuning needs to know. */
export const TuningSpec = z
  .strictObject({
    name: z.string().trim().min(1).max(200).meta(NAME),
    engine: EngineSpec.meta({ description: 'What is tuned.' }),
    runtime: RuntimeSpec.default({ kind: 'process' }).meta({
      description: 'How the engine is started; left out: as a process.',
    }),
    hardware: Hardware.prefault({}).meta({ description: 'What an experiment needs of a host.' }),
    workload: Workload.meta({ description: 'The traffic that each experiment is measured with.' }),
    objective: Objectives,
    constraints: z.array(Constraint).max(20).default([]).meta({ description: 'The SLO.' }),
    space: Space,
    rules: z
      .array(Rule)
      .max(50)
      .default([])
      .meta({ description: 'Expressions that every configuration must fulfil.' }),
    baseline: Configuration.default({}).meta({
      description:
        'What the best configuration is compared with. Parameters not named are left to the engine: {} is its defaults.',
    }),
    search: SearchMethod.default('model').meta({
      description:
        'How configurations are chosen: by a model of what was measured, at random, by a Sobol sequence, or on a grid.',
    }),
    budget: Budget.prefault({}).meta({ description: 'When the search ends.' }),
    confirmation: z
      .strictObject({
        pairs: z.int().min(0).max(20).default(3).meta({ description: 'How often; 0 leaves it out.' }),
        finalists: z.int().min(1).max(5).default(2).meta({
          description: 'The best is confirmed, and at most so many in all that came within 5 % of it.',
        }),
      })
      .prefault({})
      .meta({
        description:
          'At the end the finalists and the baseline are measured again this often, in turn, each on a fresh start.',
      }),
    transfer: z.array(z.string().min(1).max(64)).max(5).default([]).meta({
      description: 'Ids of earlier tunings that may be similar: the best of each are tried first.',
    }),
    parallelism: z
      .int()
      .min(1)
      .max(64)
      .default(1)
      .meta({ description: 'Experiments that run at the same time, devices permitting.' }),
    priority: z
      .int()
      .min(-100)
      .max(100)
      .default(0)
      .meta({ description: 'Experiments of tunings with a higher priority get devices first.' }),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31)
      .default(1)
      .meta({ description: 'Of the search: the same seed and history give the same suggestions.' }),
  })
  .meta({ id: 'TuningSpec' })
export type TuningSpec = z.infer<typeof TuningSpec>

/** What a tuning is for; each engine has a preset of its space for it. */
export const Goal = z.enum(['throughput', 'latency', 'long_context'])
export type Goal = z.infer<typeof Goal>

/** A tuning as it is asked for: a preset may stand for the space, or fill it up. */
export const TuningRequest = TuningSpec.extend({
  name: Name.max(200).meta(NAME),
  preset: Goal.optional().meta({
    description: "The engine's own space for a goal. What `space` and `engine.args` name goes before it.",
  }),
  space: Space.optional().meta({ description: 'The parameters to vary; may be left out with a preset.' }),
})
  .refine(({ preset, space }) => preset !== undefined || space !== undefined, {
    path: ['space'],
    message: 'a tuning needs a space, or a preset in its place',
  })
  .refine(({ preset, engine }) => preset === undefined || engine.kind !== 'command', {
    path: ['preset'],
    message: 'what can be varied of a program of yours only you know: name a space',
  })
  .meta({ id: 'TuningRequest' })
export type TuningRequest = z.infer<typeof TuningRequest>

export const TuningState = z.enum(TUNING_STATES)
export const TuningPhase = z.enum(TUNING_PHASES)

/** Returns how many engine starts a tuning comes to at most: baseline, search and confirmation. */
export function expectedRuns({
  budget: { experiments = 0 },
  confirmation: { pairs = 0, finalists = 1 } = {},
}: {
  budget: { experiments?: number }
  confirmation?: { pairs?: number; finalists?: number }
}): number {
  return 1 + experiments + pairs * (1 + finalists)
}

/** A metric to make better. */
export interface Aim {
  metric: MetricName
  higherIsBetter: boolean
}

function aimOf(objective: Objective): Aim {
  return 'maximize' in objective
    ? { metric: objective.maximize, higherIsBetter: true }
    : { metric: objective.minimize, higherIsBetter: false }
}

/** Returns the metrics that objectives are about and whether more of each is better. */
export function objectiveMetrics(objective: Objectives): Aim[] {
  return Array.isArray(objective) ? objective.map(aimOf) : [aimOf(objective)]
}

/** Returns the first of them, which decides what is the best. */
export function objectiveMetric(objective: Objectives): Aim {
  const [first] = objectiveMetrics(objective)
  if (first === undefined) throw new RangeError('a tuning without an objective')
  return first
}
