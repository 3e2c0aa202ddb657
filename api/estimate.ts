import { z } from 'zod'
import { durationMs } from '../domain/duration.ts'
import { withoutSecrets } from '../domain/mask-secrets.ts'
import type { Configuration, Parameter, ParameterValue } from '../domain/parameter.ts'
import { ruleNames } from '../domain/rule.ts'
import { countAllowed, everyConfiguration, ruleChecker, spaceSize } from '../domain/space.ts'
import { expectedRuns, type TuningSpec } from '../domain/tuning.ts'
import { deployCommand } from '../engines/deploy.ts'
import { leaseRequest } from '../engines/lease-request.ts'

/** What a request would come to. */
export const Estimate = z
  .object({
    spaceSize: z
      .number()
      .nullable()
      .meta({ description: 'Configurations that fulfil every rule; null: too many to count.' }),
    experiments: z
      .int()
      .meta({ description: 'Experiments of the search that fit the budget, its time included.' }),
    runs: z.int().meta({ description: 'All engine starts: baseline, search and confirmation.' }),
    durationMs: z.number().meta({ description: 'Expected length, with 6 s for each engine start.' }),
    mostDevices: z
      .int()
      .meta({ description: 'Devices that the largest configuration holds which the rules allow.' }),
    deviceHours: z.number().meta({
      description: 'Hours of devices held, at most: as if the search tried the largest configuration only.',
    }),
    baselineCommand: z.string().nullable().meta({ description: 'null: the engine runs already.' }),
    spec: z.unknown().meta({ description: 'The request with all defaults filled in.' }),
  })
  .meta({ id: 'Estimate' })
export type Estimate = z.infer<typeof Estimate>

/** Engine start, readiness and stop, beside the workload's own times. */
const START_MS = 6000
const HOUR_MS = 3_600_000
/** So many sizes of configurations are gone through for the largest that is allowed. */
const MOST_SIZES = 10_000

/** Computes what a checked request would come to. */
export function estimate(spec: TuningSpec): Estimate {
  const { space, rules, engine, budget, workload, confirmation, parallelism, baseline } = spec
  const runMs = durationMs(workload.duration) + 2 * durationMs(workload.warmup) + START_MS
  const size = countAllowed(space, rules, engine.args)
  const inTime = budget.time === undefined ? Infinity : wavesIn(durationMs(budget.time), runMs) * parallelism
  const experiments = Math.min(budget.experiments, size ?? spaceSize(space), inTime)
  const runs = expectedRuns({ budget: { experiments }, confirmation })
  const ofBaseline = 1 + confirmation.pairs
  const mostDevices = mostDevicesOf(spec)
  const held = ofBaseline * devicesOf(spec, baseline) + (runs - ofBaseline) * mostDevices
  return {
    spaceSize: size,
    experiments,
    runs,
    durationMs: Math.round((runs - experiments + experiments / parallelism) * runMs),
    mostDevices,
    deviceHours: (held * runMs) / HOUR_MS,
    baselineCommand: deployCommand(
      engine.kind,
      { ...engine.args, ...baseline },
      { model: engine.model, command: [] },
    ),
    spec: withoutSecrets(spec),
  }
}

/** How often experiments of the search start before the time is over, of which the baseline takes its run. */
function wavesIn(timeMs: number, runMs: number): number {
  return Math.ceil(timeMs / runMs) - 1
}

/** A server that runs already holds none of the host's devices. */
function devicesOf(spec: TuningSpec, configuration: Configuration): number {
  const { devices, exclusive } = leaseRequest(spec, configuration)
  return exclusive === null ? devices : 0
}

/** Returns the devices of the largest configuration, without those that a rule about their sizes alone forbids. */
function mostDevicesOf(spec: TuningSpec): number {
  const { space, rules, engine } = spec
  const largest = Object.fromEntries(
    Object.entries(space).map(([name, parameter]) => [name, extreme(parameter, (a, b) => a > b)]),
  )
  const most = devicesOf(spec, largest)
  const sizes = Object.entries(space).flatMap(([name, { condition: _, ...parameter }]) => {
    const smaller = { ...largest, [name]: extreme(parameter, (a, b) => a < b) }
    return devicesOf(spec, smaller) === most ? [] : [[name, parameter] as const]
  })
  const sizing = Object.fromEntries(sizes)
  if (spaceSize(sizing) > MOST_SIZES) return most
  const isKnown = (name: string) => name in sizing || name in engine.args
  const broken = ruleChecker(
    rules.filter((rule) => ruleNames(rule).every(isKnown)),
    engine.args,
  )
  const allowed = [...everyConfiguration(sizing)].filter((sized) => broken(sized) === null)
  // Rules may leave a size no value but to be absent.
  return allowed.length === 0
    ? most
    : Math.max(...allowed.map((sized) => devicesOf(spec, { ...largest, ...sized })))
}

function extreme(
  parameter: Parameter,
  isMore: (a: ParameterValue, b: ParameterValue) => boolean,
): ParameterValue {
  const ends = parameterEnds(parameter)
  return ends.reduce((most, value) => (isMore(value, most) ? value : most))
}

function parameterEnds(parameter: Parameter): ParameterValue[] {
  if (parameter.type === 'boolean') return [false, true]
  return 'choices' in parameter ? parameter.choices : [parameter.low, parameter.high]
}
