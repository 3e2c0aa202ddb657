import { z } from 'zod'
import { Duration } from './duration.ts'

const TokenCount = z.int().min(1).max(1_000_000)

/** A number of tokens: the same for all requests, or drawn uniformly from a range for each. */
export const TokenLength = z.union([
  TokenCount,
  z
    .strictObject({ min: TokenCount, max: TokenCount })
    .refine(({ min, max }) => min <= max, 'min must not be above max'),
])
export type TokenLength = z.infer<typeof TokenLength>

export const SyntheticPrompts = z.strictObject({
  inputTokens: TokenLength.meta({
    description: 'Length of each prompt, in tokens of the model, chat template included.',
  }),
  outputTokens: TokenLength.meta({ description: 'Tokens generated for each prompt.' }),
})

export const ConcurrencyLoad = z.strictObject({
  concurrency: z.int().min(1).max(4096).meta({ description: 'Streams kept busy: closed loop.' }),
})
export const RateLoad = z.strictObject({
  rate: z
    .number()
    .positive()
    .max(100_000)
    .meta({ description: 'Requests per second: open loop, no cap on those in flight.' }),
  arrivals: z.enum(['poisson', 'constant']).default('poisson'),
})

/** How requests arrive: a fixed number of busy streams (closed loop) or a rate (open loop). */
export const Load = z.union([ConcurrencyLoad, RateLoad])
export type Load = z.infer<typeof Load>

/** The traffic of a measurement: prompts and lengths, arrivals, load level, length. */
export const Workload = z.strictObject({
  prompts: z.strictObject({ synthetic: SyntheticPrompts }),
  load: Load,
  duration: Duration.default('30s').meta({ description: 'Length of the measured window.' }),
  warmup: Duration.default('2s').meta({ description: 'Load before the window that enters no figure.' }),
  requestTimeout: Duration.default('120s').meta({ description: 'A request that takes longer has failed.' }),
  endpoint: z.enum(['chat', 'completions']).default('chat'),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31)
    .default(1),
})
export type Workload = z.infer<typeof Workload>
