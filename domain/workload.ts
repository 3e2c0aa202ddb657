import { z } from 'zod'
import { Duration } from './duration-schema.ts'

const TokenCount = z.int().min(1).max(1_000_000)
const Rate = z.number().positive().max(100_000)

/**
 * A number of tokens: the same for all requests, or drawn for each: uniformly from a range, from a normal
 * distribution cut below 1, from a lognormal one (what real traffic looks like), or from a histogram of weights.
 */
export const TokenLength = z
  .union([
    TokenCount,
    z
      .strictObject({
        min: TokenCount.meta({ description: 'The least.' }),
        max: TokenCount.meta({ description: 'The most; each length in between is as likely.' }),
      })
      .refine(({ min, max }) => min <= max, 'min must not be above max')
      .meta({ id: 'UniformLength' }),
    z
      .strictObject({
        normal: z
          .strictObject({
            mean: z.number().min(1).meta({ description: 'Mean length.' }),
            deviation: z.number().min(0).meta({ description: 'Standard deviation.' }),
          })
          .meta({ description: 'A normal distribution, cut below 1.' }),
      })
      .meta({ id: 'NormalLength' }),
    z
      .strictObject({
        lognormal: z
          .strictObject({
            median: z.number().min(1).meta({ description: 'Median length.' }),
            sigma: z.number().min(0).max(5).meta({ description: 'Standard deviation of the natural log.' }),
            max: TokenCount.optional().meta({ description: 'What is longer is cut to this.' }),
          })
          .meta({ description: 'A lognormal distribution: what real traffic looks like.' }),
      })
      .meta({ id: 'LognormalLength' }),
    z
      .strictObject({
        histogram: z
          .array(
            z.strictObject({
              tokens: TokenCount.meta({ description: 'A length.' }),
              weight: z.number().positive().meta({ description: 'How often, beside the others.' }),
            }),
          )
          .min(1)
          .max(10_000)
          .meta({ description: 'Lengths by how often they come.' }),
      })
      .meta({ id: 'HistogramLength' }),
  ])
  .meta({
    id: 'TokenLength',
    description: 'A number of tokens: the same for all requests, or drawn for each.',
  })
export type TokenLength = z.infer<typeof TokenLength>

export const SyntheticPrompts = z.strictObject({
  inputTokens: TokenLength.meta({
    description: 'Length of each prompt, in tokens of the model, chat template included.',
  }),
  outputTokens: TokenLength.meta({ description: 'Tokens generated for each prompt.' }),
})

/** Prompts in groups: those of a group begin alike, so that an engine's prefix cache has something to find. */
export const PrefixPrompts = z.strictObject({
  groups: z.int().min(1).max(1_000_000).meta({ description: 'Distinct prefixes; requests take turns.' }),
  prefixTokens: TokenCount.meta({ description: 'Shared by a group.' }),
  suffixTokens: TokenCount.meta({ description: 'Unique to each request.' }),
  outputTokens: TokenLength.meta({ description: 'Tokens generated for each prompt.' }),
})

/** Conversations: each turn sends the whole history with the server's own answers. */
export const MultiTurnPrompts = z.strictObject({
  turns: z
    .union([
      z.int().min(1).max(1000),
      z.strictObject({
        min: z.int().min(1).meta({ description: 'The fewest.' }),
        max: z.int().min(1).max(1000).meta({ description: 'The most.' }),
      }),
    ])
    .meta({ description: 'Turns of each conversation.' }),
  inputTokens: TokenLength.meta({ description: 'What the user adds in each turn.' }),
  outputTokens: TokenLength.meta({ description: 'Tokens generated for each turn.' }),
  think: Duration.optional().meta({ description: 'From the end of an answer to the next turn.' }),
})

/** Requests read from a file on the host that sends the load. */
export const FilePrompts = z.strictObject({
  format: z.enum(['sharegpt', 'mooncake', 'burstgpt', 'requests']).meta({
    description:
      'sharegpt: conversations, first turn; mooncake: lengths, times and shared prefixes; burstgpt: lengths and times; requests: OpenAI request bodies, one a line.',
  }),
  file: z.string().min(1).max(4000).meta({ description: 'Its path on the host that sends the load.' }),
})
export type FilePrompts = z.infer<typeof FilePrompts>

/** What the requests say. */
export const Prompts = z.union([
  z.strictObject({ synthetic: SyntheticPrompts.meta({ description: 'Words that are made up.' }) }),
  z.strictObject({
    prefixGroups: PrefixPrompts.meta({
      description: 'Prompts in groups that begin alike, for the prefix cache to find.',
    }),
  }),
  z.strictObject({
    multiTurn: MultiTurnPrompts.meta({
      description: "Conversations: each turn sends the whole history with the server's own answers.",
    }),
  }),
  z.strictObject({ dataset: FilePrompts.meta({ description: 'Requests read from a file.' }) }),
])
export type Prompts = z.infer<typeof Prompts>

const ARRIVALS = { description: 'How the times between requests are drawn.' }
const Cap = z.int().min(1).max(100_000).optional().meta({
  description: 'No more than this in flight; waiting for it counts in the scheduled TTFT.',
})

export const ConcurrencyLoad = z.strictObject({
  concurrency: z.int().min(1).max(4096).meta({ description: 'Streams kept busy: closed loop.' }),
})
export const RateLoad = z.strictObject({
  rate: Rate.meta({ description: 'Requests per second: open loop, no cap on those in flight.' }),
  arrivals: z.enum(['poisson', 'constant', 'gamma']).default('poisson').meta(ARRIVALS),
  burstiness: z.number().positive().max(1e6).optional().meta({
    description: 'Shape of gamma arrivals: 1 is Poisson, below it burstier, above it more even.',
  }),
  exactCount: z.boolean().optional().meta({
    description: 'Stretches the schedule of n requests so that the last is due at n / rate exactly.',
  }),
  maxConcurrency: Cap,
})
export const RampLoad = z.strictObject({
  ramp: z
    .strictObject({
      from: Rate.meta({ description: 'Requests per second at its beginning.' }),
      to: Rate.meta({ description: 'Requests per second at its end.' }),
      shape: z.enum(['linear', 'exponential']).default('linear').meta({ description: 'How the rate grows.' }),
    })
    .meta({ description: 'A rate that grows over the measurement.' }),
  arrivals: z.enum(['poisson', 'constant']).default('poisson').meta(ARRIVALS),
  maxConcurrency: Cap,
})
export const BurstLoad = z.strictObject({
  bursts: z
    .strictObject({
      rate: Rate.meta({ description: 'Requests per second within a burst.' }),
      on: Duration.meta({ description: 'How long a burst is.' }),
      off: Duration.meta({ description: 'How long until the next.' }),
      rateBetween: z
        .number()
        .min(0)
        .max(100_000)
        .default(0)
        .meta({ description: 'Requests per second between bursts.' }),
    })
    .meta({ description: 'A rate that comes and goes.' }),
  arrivals: z.enum(['poisson', 'constant']).default('poisson').meta(ARRIVALS),
  maxConcurrency: Cap,
})
export const TraceLoad = z.strictObject({
  trace: z
    .strictObject({
      speedUp: z
        .number()
        .positive()
        .max(1e6)
        .default(1)
        .meta({ description: 'Times of the dataset are divided by this.' }),
    })
    .meta({ description: 'The times of the dataset.' }),
  maxConcurrency: Cap,
})
/** How far a search for the capacity goes, and how sure it is to be. */
export const CapacityLoad = z.strictObject({
  capacity: z
    .strictObject({
      upTo: Rate.meta({ description: 'The greatest load to try.' }),
      from: Rate.optional().meta({
        description: 'The least load to try; a 64th of the greatest by default.',
      }),
      of: z
        .enum(['concurrency', 'rate'])
        .default('concurrency')
        .meta({ description: 'What load is varied.' }),
      attainment: z
        .number()
        .gt(0)
        .lt(1)
        .default(0.9)
        .meta({ description: 'Share of requests that must meet the SLO.' }),
      confidence: z
        .number()
        .gt(0.5)
        .lt(1)
        .default(0.95)
        .meta({ description: 'How sure the interval is to be.' }),
      precision: z.number().min(0.001).max(1).default(0.05).meta({
        description: 'Relative width of the interval at which the search ends.',
      }),
      arrivals: z.enum(['poisson', 'constant']).default('poisson').meta(ARRIVALS),
    })
    .meta({ description: 'The highest load at which the SLO holds is searched for.' }),
})
export type CapacityLoad = z.infer<typeof CapacityLoad>

/** A load whose requests come by a clock, whatever is in flight. */
export const OpenLoad = z.union([RateLoad, RampLoad, BurstLoad, TraceLoad])
export type OpenLoad = z.infer<typeof OpenLoad>

/** How requests arrive: a fixed number of busy streams (closed loop), by a clock (open loop), or as the search for capacity wants. */
export const Load = z.union([ConcurrencyLoad, RateLoad, RampLoad, BurstLoad, TraceLoad, CapacityLoad])
export type Load = z.infer<typeof Load>

/** What a workload that does not say otherwise has. */
export const WORKLOAD_DEFAULTS = { duration: '30s', warmup: '2s', seed: 1 }

/** The traffic of a measurement: prompts and lengths, arrivals, load level, length. */
export const Workload = z
  .strictObject({
    prompts: Prompts.meta({ description: 'What the requests say.' }),
    load: Load.meta({ description: 'How they arrive, and how many.' }),
    duration: Duration.default(WORKLOAD_DEFAULTS.duration).meta({
      description: 'Length of the measured window.',
    }),
    warmup: Duration.default(WORKLOAD_DEFAULTS.warmup).meta({
      description: 'Load before the window that enters no figure.',
    }),
    requestTimeout: Duration.default('120s').meta({ description: 'A request that takes longer has failed.' }),
    endpoint: z
      .enum(['chat', 'completions'])
      .default('chat')
      .meta({ description: 'Which of the two OpenAI paths is asked.' }),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31)
      .default(WORKLOAD_DEFAULTS.seed)
      .meta({ description: 'Of lengths, words and arrivals.' }),
  })
  .refine(({ prompts, load }) => !('trace' in load) || 'dataset' in prompts, {
    path: ['load', 'trace'],
    message: 'a trace is replayed from a dataset: give prompts.dataset',
  })
export type Workload = z.infer<typeof Workload>
