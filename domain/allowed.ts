import { z } from 'zod'
import type { Finding } from './space.ts'
import type { TuningSpec } from './tuning.ts'

/** Patterns of an allow-list, separated by commas: `*` stands for any characters but a slash. */
export const Patterns = z
  .string()
  .transform((text) => text.split(',').map((pattern) => pattern.trim()))
  .pipe(z.array(z.string().min(1, 'patterns are separated by single commas')))

/** What tunings may run; a list that is missing allows anything. */
export interface Allowed {
  images?: readonly string[] | undefined
  programs?: readonly string[] | undefined
  /** Names of the variables that an engine may be given: some of them say what a program loads. */
  variables?: readonly string[] | undefined
  /** Names of the parameters that an engine may be given: some of them name files, addresses and code. */
  parameters?: readonly string[] | undefined
}

/** Returns what a request would run and may not. */
export function forbidden(
  { engine, runtime, space, baseline }: Pick<TuningSpec, 'engine' | 'runtime' | 'space' | 'baseline'>,
  { images, programs, variables, parameters }: Allowed,
): Finding[] {
  return [
    ...forbiddenParameters(engine.args, ['engine', 'args'], { parameters }),
    ...forbiddenParameters(space, ['space'], { parameters }),
    ...forbiddenParameters(baseline, ['baseline'], { parameters }),
    ...outside(programs, ['engine', 'command', '0'], engine.command?.[0]),
    ...Object.keys(engine.env).flatMap((name) => outside(variables, ['engine', 'env', name], name)),
    ...('image' in runtime ? outside(images, ['runtime', 'image'], runtime.image) : []),
    ...('program' in runtime ? outside(programs, ['runtime', 'program'], runtime.program) : []),
    ...(runtime.kind === 'command' && runtime.command[0] !== '{engine}'
      ? outside(programs, ['runtime', 'command', '0'], runtime.command[0])
      : []),
    ...(runtime.kind === 'command' && programs !== undefined ? afterEngine(runtime.command) : []),
  ]
}

/** Returns which parameters of a configuration that lies at a place may not be given. */
export function forbiddenParameters(
  configuration: object,
  path: string[],
  { parameters }: Pick<Allowed, 'parameters'>,
): Finding[] {
  return Object.keys(configuration).flatMap((name) => outside(parameters, [...path, name], name))
}

/** What follows the engine would be options of it, and those that Redline sets itself among them. */
function afterEngine(command: string[]): Finding[] {
  const next = command.indexOf('{engine}') + 1
  if (next === command.length) return []
  const message =
    'nothing may follow {engine} here, since an admin says what may run: put it into engine.args'
  return [{ path: ['runtime', 'command', String(next)], message }]
}

function outside(list: readonly string[] | undefined, path: string[], value: string | undefined): Finding[] {
  return value === undefined || list === undefined || list.some((pattern) => fits(pattern, value))
    ? []
    : [{ path, message: `"${value}" is not allowed here: an admin allows ${list.join(', ')}` }]
}

function fits(pattern: string, value: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^/]*')}$`).test(value)
}
