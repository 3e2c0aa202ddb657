import type { Runtime } from './runtime.ts'

const ENGINE = '{engine}'

/** Runs engines through a command of the user's: `{engine}` in it stands for the engine's own command line. */
export function commandRuntime(processes: Runtime): Runtime {
  return {
    ...processes,
    start(request) {
      const { spec, program } = request
      if (spec.kind !== 'command' || program === null) throw new TypeError('not a start through a command')
      const command = (engine: string[]) =>
        spec.command.flatMap((part) => (part === ENGINE ? engine : [part]))
      const [first = program] = command([program])
      return processes.start({
        ...request,
        program: first,
        args: (place) => command([program, ...request.args(place)]).slice(1),
      })
    },
  }
}
