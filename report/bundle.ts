import { z } from 'zod'
import { Configuration } from '../domain/parameter.ts'
import { Verdict } from '../domain/report.ts'
import { configurationKey } from '../domain/space.ts'
import { Gain } from '../domain/statistics/paired-gain.ts'
import { TuningSpec } from '../domain/tuning.ts'
import { experimentOf, type ReportInput } from './input.ts'

/** Everything that another needs to measure the outcome of a tuning again. */
export const ReproductionBundle = z
  .object({
    redline: z.string().meta({ description: 'The version of Redline that wrote this.' }),
    tuningId: z.string(),
    name: z.string(),
    spec: TuningSpec.meta({ description: 'The request with all defaults filled in.' }),
    seeds: z.object({ search: z.int(), traffic: z.int() }),
    engine: z.object({
      kind: z.string(),
      version: z.string().nullable(),
      imageDigest: z.string().nullable(),
    }),
    model: z.object({ name: z.string(), hash: z.string().nullable() }),
    host: z.object({
      name: z.string(),
      cpu: z.string().nullable(),
      devices: z.array(z.string()),
      drivers: z.array(z.string()),
    }),
    best: Configuration,
    command: z.string().nullable(),
    verdict: Verdict,
    gain: Gain.nullable(),
    verification: TuningSpec.nullable().meta({
      description:
        'A tuning that measures the best and the baseline again, in turn; null when the best is the baseline.',
    }),
  })
  .meta({ id: 'ReproductionBundle' })
export type ReproductionBundle = z.infer<typeof ReproductionBundle>

/** Fewer pairs than this give an interval too wide to hold anything against. */
const LEAST_PAIRS = 3

/** Packs what it takes to measure again; null when nothing was measured. */
export function reproductionBundle(input: ReportInput, redline: string): ReproductionBundle | null {
  const { spec, report } = input
  const best = experimentOf(input, report.best?.number)
  if (best?.conditions == null) return null
  const { conditions, configuration } = best
  const machine = conditions.machine ?? null
  return {
    redline,
    tuningId: report.tuningId,
    name: spec.name,
    spec,
    seeds: { search: spec.seed, traffic: spec.workload.seed },
    engine: {
      kind: spec.engine.kind,
      version: conditions.reportedVersion ?? conditions.engineVersion,
      imageDigest: conditions.imageDigest ?? null,
    },
    model: { name: spec.engine.model, hash: conditions.modelHash ?? null },
    host: {
      name: conditions.host,
      cpu: machine?.cpu ?? null,
      devices: conditions.devices,
      drivers: [...new Set((machine?.gpus ?? []).map(({ driver }) => driver))],
    },
    best: configuration,
    command: report.command,
    verdict: report.verdict,
    gain: report.gain,
    verification: verification(spec, configuration),
  }
}

/** A tuning whose space is one configuration: its confirmation sets that against the baseline. */
function verification(spec: TuningSpec, best: Configuration): TuningSpec | null {
  const settings = Object.entries(best)
  if (settings.length === 0 || configurationKey(best) === configurationKey(spec.baseline)) return null
  return {
    ...spec,
    name: `${spec.name.slice(0, 180)}, verified`,
    space: Object.fromEntries(
      settings.map(([name, value]) => [name, { type: 'categorical', choices: [value] }]),
    ),
    rules: [],
    budget: { experiments: 1, cutShort: false, stop: 'off' },
    confirmation: { pairs: Math.max(LEAST_PAIRS, spec.confirmation.pairs), finalists: 1 },
    parallelism: 1,
  }
}
