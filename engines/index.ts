import type { EngineParameter } from '../domain/engine-parameter.ts'
import { nearest } from '../domain/nearest.ts'
import { parameterValues, type Configuration, type ParameterValue } from '../domain/parameter.ts'
import type { Finding } from '../domain/space.ts'
import type { EngineSpec, TuningSpec } from '../domain/tuning.ts'
import type { Engine } from './engine.ts'
import { llamaCpp } from './llama-cpp.ts'
import { openai } from './openai.ts'
import { program, programCommand } from './program.ts'
import { sglang } from './sglang.ts'
import { tensorrtLlm } from './tensorrt-llm.ts'
import { vllm } from './vllm.ts'

/** Every engine that Redline can tune, by kind. */
export const ENGINES: Record<EngineSpec['kind'], Engine> = {
  'llama.cpp': llamaCpp,
  vllm,
  sglang,
  'tensorrt-llm': tensorrtLlm,
  openai,
  command: program,
}

/** Returns the values that an engine gives parameters by itself, as far as they are known. */
export function engineDefaults(kind: EngineSpec['kind']): Configuration {
  return Object.fromEntries(
    ENGINES[kind].parameters.flatMap(({ name, default: value }) => (value === null ? [] : [[name, value]])),
  )
}

/**
 * Returns what is wrong with the parameters that a request names: those that its engine does not have, and values that
 * cannot be written on its command line. `catalogue` is that of the installed versions, where it is known.
 */
export function checkParameters(
  spec: TuningSpec,
  catalogue: EngineParameter[] = ENGINES[spec.engine.kind].parameters,
): Finding[] {
  const engine = ENGINES[spec.engine.kind]
  const known = catalogue.map(({ name }) => name)
  const named: { path: string[]; name: string; values: ParameterValue[] }[] = [
    ...Object.entries(spec.space).map(([name, parameter]) => ({
      path: ['space', name],
      name,
      values: parameter.type === 'float' ? [] : [...(parameterValues(parameter) ?? [])],
    })),
    ...Object.entries(spec.engine.args).map(([name, value]) => ({
      path: ['engine', 'args', name],
      name,
      values: [value],
    })),
    ...Object.entries(spec.baseline).map(([name, value]) => ({
      path: ['baseline', name],
      name,
      values: [value],
    })),
  ]
  // What a program of the user's knows is its own affair.
  const checked = programCommand(spec.engine) === null ? named : []
  const wrong = checked.flatMap(({ path, name, values }) => {
    const parameter = catalogue.find((candidate) => candidate.name === name)
    const message =
      parameter === undefined
        ? `${engine.title} has no parameter "${name}"${nearest(name, known)}`
        : values.map((value) => wrongArgument(parameter, value)).find((problem) => problem !== null)
    return message === undefined || message === null ? [] : [{ path, message }]
  })
  const twice = Object.keys(spec.space)
    .filter((name) => name in spec.engine.args)
    .map((name) => ({
      path: ['space', name],
      message: `"${name}" is fixed in engine.args: take it out of one of the two`,
    }))
  return [...wrong, ...twice, ...checkModel(spec), ...checkRuntime(spec)]
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
  return []
}
