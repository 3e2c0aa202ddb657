import { isPlainLine } from '../domain/name.ts'
import type { Finding } from '../domain/space.ts'
import type { TuningSpec } from '../domain/tuning.ts'

/**
 * Returns where what is to be run holds control characters that make no sense there: it is told in logs and on terminals.
 * Those stored before may hold them, so that the schema lets them pass.
 */
export function checkTexts({ engine, runtime }: TuningSpec): Finding[] {
  const line = (path: Finding['path'], text: string | undefined): Finding[] =>
    text === undefined || isPlainLine(text)
      ? []
      : [{ path, message: 'this is one line, without control characters' }]
  const text = (path: Finding['path'], given: string): Finding[] =>
    isPlainLine(given.replaceAll(/[\t\r\n\u2028\u2029]/g, ' '))
      ? []
      : [{ path, message: 'of control characters only tabs and ends of lines can be given' }]
  const words = (room: string, [program, ...rest]: string[] = []) => [
    ...line([room, 'command', 0], program),
    ...rest.flatMap((word, index) => text([room, 'command', index + 1], word)),
  ]
  return [
    ...line(['engine', 'model'], engine.model),
    ...words('engine', engine.command),
    ...Object.entries(engine.env).flatMap(([name, value]) => text(['engine', 'env', name], value)),
    ...(runtime.kind === 'command' ? words('runtime', runtime.command) : []),
    ...(runtime.kind === 'docker' ? line(['runtime', 'image'], runtime.image) : []),
    ...('program' in runtime ? line(['runtime', 'program'], runtime.program) : []),
  ]
}
