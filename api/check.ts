import { existsSync } from 'node:fs'
import { listCatalogues } from '../database/catalogues.ts'
import { listLiveHosts } from '../database/hosts.ts'
import { findProjectOf } from '../database/projects.ts'
import { couldRun } from '../domain/allocation.ts'
import { forbidden } from '../domain/allowed.ts'
import { pairsText } from '../domain/configuration-text.ts'
import type { EngineParameter } from '../domain/engine-parameter.ts'
import { MASK, SEALED } from '../domain/mask-secrets.ts'
import { jsonPointer, type ProblemError } from '../domain/problem.ts'
import { isWithin, type Reach } from '../domain/project.ts'
import { runsAlready } from '../domain/runtime.ts'
import { checkRules, type Finding } from '../domain/space.ts'
import type { TuningRequest, TuningSpec } from '../domain/tuning.ts'
import { checkParameters } from '../engines/check.ts'
import { ENGINES } from '../engines/index.ts'
import { leaseRequest } from '../engines/lease-request.ts'
import { withPreset } from '../engines/presets.ts'
import { programCommand } from '../engines/program.ts'
import type { Principal } from './access/principal.ts'
import { requireProject } from './access/reach.ts'
import { checkTexts } from './check-texts.ts'
import type { ApiContext } from './context.ts'
import { HttpProblem } from './problems.ts'

/**
 * Returns what somebody asks for in a project, the preset filled in. Throws a 422 with what is wrong with it, with the
 * places in a body that holds the request `at` a place.
 */
export async function checkedSpec(
  request: TuningRequest,
  { project, who, at = '' }: { project: string; who: Principal; at?: string },
  context: Pick<ApiContext, 'db' | 'host' | 'models' | 'allowed'>,
): Promise<TuningSpec> {
  const spec = withPreset(ENGINES[request.engine.kind].presets, request)
  const asked = { reach: who.projects, project: await requireProject(context.db, who, project) }
  const errors = (await checkSpec(spec, context, asked)).map((error) => ({
    ...error,
    pointer: at + error.pointer,
  }))
  const [first] = errors
  if (first !== undefined) throw new HttpProblem(422, `body${first.pointer}: ${first.message}`, errors)
  return spec
}

/** Returns what is wrong with a well-formed request: parameters, rules, engine, model, and what its project may have. */
export async function checkSpec(
  spec: TuningSpec,
  context: Pick<ApiContext, 'db' | 'host' | 'models' | 'allowed'>,
  asked: { reach: Reach; project: { name: string; devices: number | null } },
): Promise<ProblemError[]> {
  const findings: Finding[] = [
    ...checkParameters(spec, await installedCatalogue(context.db, spec.engine.kind)),
    ...checkRules(spec.space, spec.rules, spec.engine.args),
    ...forbidden(spec, context.allowed),
    ...checkSecrets(spec),
    ...checkTexts(spec),
  ]
  return [
    ...findings.map(({ path, message }) => ({ pointer: jsonPointer(path), message })),
    ...(findings.some(({ path }) => path[0] === 'runtime') ? [] : await checkEngine(spec, context)),
    ...checkQuota(spec, asked.project),
    ...(await checkTransfer(spec, context, asked.reach)),
  ]
}

/** A request that was read from the API has no secrets to give to its engine. */
function checkSecrets({ engine }: TuningSpec): Finding[] {
  return Object.entries(engine.env).flatMap(([name, value]) =>
    value === MASK || value.startsWith(SEALED)
      ? [{ path: ['engine', 'env', name], message: `${name} is not shown to anybody: enter it again` }]
      : [],
  )
}

/** An experiment of more devices than its project may hold would wait for ever. */
function checkQuota(
  spec: TuningSpec,
  { name, devices: quota }: { name: string; devices: number | null },
): ProblemError[] {
  const { devices, exclusive } = leaseRequest(spec, {})
  if (quota === null || exclusive !== null || devices <= quota) return []
  const message = `an experiment holds ${devices} devices: the project ${name} may hold ${quota}`
  return [{ pointer: '/hardware/devices', message }]
}

/** Earlier tunings that are named must be there: one that is not would warm nothing, and say nothing. */
async function checkTransfer(
  { transfer }: TuningSpec,
  { db }: Pick<ApiContext, 'db'>,
  reach: Reach,
): Promise<ProblemError[]> {
  const projects = await Promise.all(transfer.map((id) => findProjectOf(db, 'tunings', id)))
  return transfer.flatMap((id, index) => {
    const project = projects[index] ?? null
    return project === null || !isWithin(reach, project)
      ? [{ pointer: `/transfer/${index}`, message: `there is no tuning "${id}": see \`redline list\`` }]
      : []
  })
}

async function checkEngine(
  spec: TuningSpec,
  { db, host, models }: Pick<ApiContext, 'db' | 'host' | 'models'>,
): Promise<ProblemError[]> {
  const { engine, runtime, hardware } = spec
  const { title } = ENGINES[engine.kind]
  const hosts = await listLiveHosts(db)
  const request = leaseRequest(spec, {})
  const skilled = hosts.filter((candidate) => couldRun(candidate, { ...request, devices: 1 }))
  if (skilled.length === 0) {
    const cause =
      hosts.length === 0
        ? 'no worker is running'
        : runtime.kind === 'process' &&
            !hosts.some(({ engines }) => engines.some(({ kind }) => kind === engine.kind))
          ? `${title} is not installed on ${hosts.map(({ name }) => name).join(', ')}`
          : `no host has what is asked for: ${runtime.kind}${labelText(hardware.labels)}`
    return [{ pointer: '/engine/kind', message: `${cause}: see \`redline doctor\`, then \`redline worker\`` }]
  }
  const able = skilled.filter((candidate) => couldRun(candidate, request))
  if (able.length === 0) {
    const most = Math.max(...skilled.map(({ devices }) => devices.length))
    const message = `no host has ${request.devices} devices: the most is ${most}`
    return [{ pointer: '/hardware/devices', message }]
  }
  // Only files of this machine can be looked at; elsewhere the host itself finds out.
  if (!able.every(({ name }) => name === host)) return []
  return [...checkModelFile(spec, { host, models }), ...checkDatasetFile(spec, host)]
}

function checkModelFile(
  spec: TuningSpec,
  { host, models }: Pick<ApiContext, 'host' | 'models'>,
): ProblemError[] {
  const { engine } = spec
  const { modelIsFile } = ENGINES[engine.kind]
  if (!modelIsFile || runsAlready(spec) || engine.model in models || existsSync(engine.model)) return []
  const known = Object.keys(models)
  const provided = known.length === 0 ? '' : `; models provided by name: ${known.join(', ')}`
  return [{ pointer: '/engine/model', message: `there is no file ${engine.model} on ${host}${provided}` }]
}

/** What a program of the user's does with a dataset is its own affair. */
function checkDatasetFile({ engine, workload: { prompts } }: TuningSpec, host: string): ProblemError[] {
  if (programCommand(engine) !== null || !('dataset' in prompts) || existsSync(prompts.dataset.file))
    return []
  const message = `there is no file ${prompts.dataset.file} on ${host}, which sends the load`
  return [{ pointer: '/workload/prompts/dataset/file', message }]
}

function labelText(labels: Record<string, string>): string {
  const pairs = pairsText(labels)
  return pairs === '' ? '' : `, labelled ${pairs}`
}

/** Returns the parameters that the built-in catalogue or the version installed on any host has. */
export async function installedCatalogue(
  db: ApiContext['db'],
  kind: TuningSpec['engine']['kind'],
): Promise<EngineParameter[]> {
  const all = [...(await listCatalogues(db, kind)).flat(), ...ENGINES[kind].parameters]
  return [...new Map(all.toReversed().map((parameter) => [parameter.name, parameter])).values()]
}
