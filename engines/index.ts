import { nearest } from '../domain/nearest.ts'
import type { Finding } from '../domain/space.ts'
import type { EngineSpec, TuningSpec } from '../domain/tuning.ts'
import type { Engine } from './engine.ts'
import { llamaCpp } from './llama-cpp.ts'

/** Every engine that Redline can tune, by kind. */
export const ENGINES: Record<EngineSpec['kind'], Engine> = { 'llama.cpp': llamaCpp }

/** Returns what is wrong with the parameters that a request names: those that its engine does not have. */
export function checkParameters(spec: TuningSpec): Finding[] {
  const engine = ENGINES[spec.engine.kind]
  const known = engine.parameters.map(({ name }) => name)
  const places: [string[], string[]][] = [
    [['space'], Object.keys(spec.space)],
    [['engine', 'args'], Object.keys(spec.engine.args)],
    [['baseline'], Object.keys(spec.baseline)],
  ]
  const unknown = places.flatMap(([path, names]) =>
    names
      .filter((name) => !known.includes(name))
      .map((name) => ({
        path: [...path, name],
        message: `${engine.title} has no parameter "${name}"${nearest(name, known)}`,
      })),
  )
  const twice = Object.keys(spec.space)
    .filter((name) => name in spec.engine.args)
    .map((name) => ({
      path: ['space', name],
      message: `"${name}" is fixed in engine.args: take it out of one of the two`,
    }))
  return [...unknown, ...twice]
}
