import type { EngineParameter } from '../domain/engine-parameter.ts'
import type { Configuration } from '../domain/parameter.ts'
import type { TuningSpec } from '../domain/tuning.ts'
import type { Workload } from '../domain/workload.ts'
import { float, integer, value } from './catalogue.ts'
import { diagnoseExit, diagnoseSlowStart, type FailureBook } from './diagnose.ts'
import { NOT_SERVED, type Engine } from './engine.ts'

/** The load is all that can be changed of a server that somebody else runs. */
const PARAMETERS: EngineParameter[] = [
  value('concurrency', integer(1, 256, 'power-of-two'), null, 'Requests in flight'),
  value('rate', float(0.1, 100), null, 'Requests per second'),
].map((parameter): EngineParameter => ({ ...parameter, form: 'load', flag: '' }))

/** Nothing of it is seen but its answers. */
const FAILURES: FailureBook = {
  program: 'the endpoint',
  patterns: [],
  serving: /$^/,
  compiling: null,
  underLoad: 'Lower the load.',
}

export const openai: Engine = {
  kind: 'openai',
  title: 'OpenAI-compatible endpoint',
  ...NOT_SERVED,
  parameters: PARAMETERS,
  readinessPath: '/v1/models',
  devicesFor: () => 0,
  presets: {
    throughput: {
      description: 'Ever more requests in flight: where throughput ends to grow.',
      space: { concurrency: integer(8, 256, 'power-of-two') },
      rules: [],
      args: {},
    },
    latency: {
      description: 'Few requests in flight: the load that keeps latency low.',
      space: { concurrency: integer(1, 32, 'power-of-two') },
      rules: [],
      args: {},
    },
    long_context: {
      description: 'Few long requests in flight.',
      space: { concurrency: integer(1, 16, 'power-of-two') },
      rules: [],
      args: {},
    },
  },
  diagnose: (exit, logTail) => diagnoseExit(FAILURES, exit, logTail),
  diagnoseSlowStart: (waited, logTail) => diagnoseSlowStart(FAILURES, waited, logTail),
}

/** Returns the workload of an experiment: for an endpoint that runs already, at the load of its configuration. */
export function workloadOf(
  { engine, workload }: Pick<TuningSpec, 'engine' | 'workload'>,
  configuration: Configuration,
): Workload {
  if (engine.kind !== 'openai') return workload
  const { concurrency, rate } = { ...engine.args, ...configuration }
  if (typeof concurrency === 'number') return { ...workload, load: { concurrency } }
  if (typeof rate !== 'number') return workload
  const load = 'rate' in workload.load ? workload.load : { arrivals: 'poisson' as const }
  return { ...workload, load: { ...load, rate } }
}
