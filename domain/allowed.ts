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
}

/** Returns what a request would run and may not. */
export function forbidden(
  { engine, runtime }: Pick<TuningSpec, 'engine' | 'runtime'>,
  { images, programs, variables }: Allowed,
): Finding[] {
  const outside = (list: readonly string[] | undefined, path: string[], value: string | undefined) =>
    value === undefined || list === undefined || list.some((pattern) => fits(pattern, value))
      ? []
      : [{ path, message: `"${value}" is not allowed here: an admin allows ${list.join(', ')}` }]
  return [
    ...outside(programs, ['engine', 'command', '0'], engine.command?.[0]),
    ...Object.keys(engine.env).flatMap((name) => outside(variables, ['engine', 'env', name], name)),
    ...('image' in runtime ? outside(images, ['runtime', 'image'], runtime.image) : []),
    ...('program' in runtime ? outside(programs, ['runtime', 'program'], runtime.program) : []),
    ...(runtime.kind === 'command' && runtime.command[0] !== '{engine}'
      ? outside(programs, ['runtime', 'command', '0'], runtime.command[0])
      : []),
  ]
}

function fits(pattern: string, value: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^/]*')}$`).test(value)
}
