import { existsSync } from 'node:fs'
import { z } from 'zod'
import { listLiveHosts } from '../database/hosts.ts'
import type { EngineParameter } from '../domain/engine-parameter.ts'
import { durationMs } from '../domain/duration.ts'
import { jsonPointer, type ProblemError } from '../domain/problem.ts'
import { checkRules, countAllowed, spaceSize, type Finding } from '../domain/space.ts'
import type { TuningSpec } from '../domain/tuning.ts'
import { deployCommand } from '../engines/deploy.ts'
import { checkParameters, ENGINES } from '../engines/index.ts'
import type { ApiContext } from './context.ts'

/** What a request would come to. */
export const Estimate = z
  .object({
    spaceSize: z
      .number()
      .nullable()
      .meta({ description: 'Configurations that fulfil every rule; null: too many to count.' }),
    experiments: z.int().meta({ description: 'Experiments of the search that fit the budget.' }),
    runs: z.int().meta({ description: 'All engine starts: baseline, search and confirmation.' }),
    durationMs: z.number().meta({ description: 'Expected length, with 6 s for each engine start.' }),
    baselineCommand: z.string().nullable().meta({ description: 'null: the engine runs already.' }),
    spec: z.unknown().meta({ description: 'The request with all defaults filled in.' }),
  })
  .meta({ id: 'Estimate' })
export type Estimate = z.infer<typeof Estimate>

/** Engine start, readiness and stop, beside the workload's own times. */
const START_MS = 6000

/** Returns what is wrong with a well-formed request: parameters, rules, engine, model. */
export async function checkSpec(
  spec: TuningSpec,
  context: Pick<ApiContext, 'db' | 'host' | 'models'>,
): Promise<ProblemError[]> {
  const findings: Finding[] = [
    ...checkParameters(spec, await installedCatalogue(context.db, spec.engine.kind)),
    ...checkRules(spec.space, spec.rules, spec.engine.args),
  ]
  return [
    ...findings.map(({ path, message }) => ({ pointer: jsonPointer(path), message })),
    ...(await checkEngine(spec, context)),
  ]
}

async function checkEngine(
  { engine }: TuningSpec,
  { db, host, models }: Pick<ApiContext, 'db' | 'host' | 'models'>,
): Promise<ProblemError[]> {
  const { title, modelIsFile, program } = ENGINES[engine.kind]
  const hosts = await listLiveHosts(db)
  const able = hosts.filter(
    ({ engines }) => program === null || engines.some(({ kind }) => kind === engine.kind),
  )
  if (able.length === 0) {
    const cause =
      hosts.length === 0
        ? 'no worker is running'
        : `${title} is not installed on ${hosts.map(({ name }) => name).join(', ')}`
    return [{ pointer: '/engine/kind', message: `${cause}: see \`redline doctor\`, then \`redline worker\`` }]
  }
  // Only files of this machine can be looked at; elsewhere the host itself finds out.
  const onlyHere = able.every(({ name }) => name === host)
  if (!modelIsFile || !onlyHere || engine.model in models || existsSync(engine.model)) return []
  const known = Object.keys(models)
  const provided = known.length === 0 ? '' : `; models provided by name: ${known.join(', ')}`
  return [{ pointer: '/engine/model', message: `there is no file ${engine.model} on ${host}${provided}` }]
}

/** Returns the parameters that the built-in catalogue or the installed version of any live host has. */
export async function installedCatalogue(
  db: ApiContext['db'],
  kind: TuningSpec['engine']['kind'],
): Promise<EngineParameter[]> {
  const hosts = await listLiveHosts(db)
  const installed = hosts.flatMap(({ engines }) => engines.filter((engine) => engine.kind === kind))
  const all = [...installed.flatMap(({ parameters }) => parameters ?? []), ...ENGINES[kind].parameters]
  return [...new Map(all.toReversed().map((parameter) => [parameter.name, parameter])).values()]
}

/** Computes what a checked request would come to. */
export function estimate(spec: TuningSpec): Estimate {
  const { space, rules, engine, budget, workload, confirmation, parallelism, baseline } = spec
  const size = countAllowed(space, rules, engine.args)
  const experiments = Math.min(budget.experiments, size ?? spaceSize(space))
  const runs = 1 + experiments + 2 * confirmation.pairs
  const runMs = durationMs(workload.duration) + 2 * durationMs(workload.warmup) + START_MS
  const searchMs = Math.min(
    (experiments / parallelism) * runMs,
    budget.time === undefined ? Infinity : durationMs(budget.time),
  )
  return {
    spaceSize: size,
    experiments,
    runs,
    durationMs: Math.round((runs - experiments) * runMs + searchMs),
    baselineCommand: deployCommand(
      engine.kind,
      { ...engine.args, ...baseline },
      { model: engine.model, command: [] },
    ),
    spec,
  }
}
