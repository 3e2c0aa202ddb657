import type { EngineParameter } from '../domain/engine-parameter.ts'
import { hasLogin } from '../domain/has-login.ts'
import { nearest } from '../domain/nearest.ts'
import { parameterValues, type Configuration, type ParameterValue } from '../domain/parameter.ts'
import type { Finding } from '../domain/space.ts'
import type { EngineSpec, TuningSpec } from '../domain/tuning.ts'
import { ENGINES } from './index.ts'
import { programCommand } from './program.ts'

/**
 * Returns what is wrong with the parameters that a request names, and with how its engine is to run. `catalogue` is that
 * of the installed versions, where it is known.
 */
export function checkParameters(
  spec: TuningSpec,
  catalogue: EngineParameter[] = ENGINES[spec.engine.kind].parameters,
): Finding[] {
  const { engine, space, baseline } = spec
  const varied = Object.entries(space).flatMap(([name, parameter]) => {
    const values = parameter.type === 'float' ? [] : (parameterValues(parameter) ?? [])
    return checkParameter(engine, ['space', name], values, catalogue)
  })
  const twice = Object.keys(space)
    .filter((name) => name in engine.args)
    .map((name) => ({
      path: ['space', name],
      message: `"${name}" is fixed in engine.args: take it out of one of the two`,
    }))
  return [
    ...varied,
    ...checkConfiguration(engine, ['engine', 'args'], engine.args, catalogue),
    ...checkConfiguration(engine, ['baseline'], baseline, catalogue),
    ...twice,
    ...checkModel(spec),
    ...checkRuntime(spec),
  ]
}

/** Returns what is wrong with a configuration: parameters that its engine does not have, values that cannot be written. */
export function checkConfiguration(
  engine: EngineSpec,
  path: string[],
  configuration: Configuration,
  catalogue: EngineParameter[],
): Finding[] {
  return Object.entries(configuration).flatMap(([name, value]) =>
    checkParameter(engine, [...path, name], [value], catalogue),
  )
}

function checkParameter(
  engine: EngineSpec,
  path: string[],
  values: readonly ParameterValue[],
  catalogue: EngineParameter[],
): Finding[] {
  // What a program of the user's knows is its own affair.
  if (programCommand(engine) !== null) return []
  const name = path.at(-1) ?? ''
  const parameter = catalogue.find((candidate) => candidate.name === name)
  if (parameter === undefined) {
    const known = nearest(
      name,
      catalogue.map((candidate) => candidate.name),
    )
    return [{ path, message: `${ENGINES[engine.kind].title} has no parameter "${name}"${known}` }]
  }
  const message = values.map((value) => wrongArgument(parameter, value)).find((problem) => problem !== null)
  return message == null ? [] : [{ path, message }]
}

/** Says why a value cannot be written for a parameter; whether the engine takes it, the engine itself says best. */
function wrongArgument({ name, form }: EngineParameter, value: ParameterValue): string | null {
  if (form === 'switch')
    return typeof value === 'boolean'
      ? null
      : `"${name}" is a switch: expected true or false, got ${JSON.stringify(value)}`
  if (form === 'value' && typeof value === 'boolean')
    return `"${name}" takes a value, not ${value}: write what the flag expects, such as "on"`
  // A command line and an environment end at a zero byte.
  return typeof value === 'string' && value.includes('\0') ? `"${name}" has a value with a zero byte` : null
}

function checkModel({ engine }: TuningSpec): Finding[] {
  return engine.model.startsWith('-')
    ? [{ path: ['engine', 'model'], message: 'a model that begins with a dash would be taken for a flag' }]
    : []
}

function checkRuntime({ engine, runtime }: TuningSpec): Finding[] {
  const { title, program } = ENGINES[engine.kind]
  if (programCommand(engine) !== null)
    return runtime.kind === 'process'
      ? []
      : [{ path: ['runtime', 'kind'], message: 'a program of yours runs by runtime.kind "process"' }]
  if (program === null && runtime.kind !== 'endpoint')
    return [{ path: ['runtime', 'kind'], message: `${title} runs already: it needs runtime.kind "endpoint"` }]
  if (program !== null && runtime.kind === 'endpoint') {
    const message = `an endpoint that runs already takes no parameters of ${title}: use engine.kind "openai" to tune its load`
    return [{ path: ['runtime', 'kind'], message }]
  }
  if (runtime.kind === 'endpoint' && hasLogin(runtime.url)) {
    const message =
      'put no user name or password in the address, which everybody sees: requests are sent without them'
    return [{ path: ['runtime', 'url'], message }]
  }
  return []
}
