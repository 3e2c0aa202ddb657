import { formatDuration } from '../domain/duration.ts'
import { figure, percent } from '../domain/figures.ts'
import type { TuningSpec } from '../domain/tuning.ts'
import { experimentOf, measured, type ReportInput } from './input.ts'
import type { Section } from './section.ts'

const GIB = 2 ** 30

/** How it was measured, and on what. */
export function methodSection(input: ReportInput): Section {
  const { spec, report } = input
  const best = experimentOf(input, report.best?.number)
  const result = measured(best)
  const conditions = best?.conditions ?? null
  const machine = conditions?.machine ?? null
  const rows = [
    ['Traffic', `${trafficText(spec)}; seed ${spec.workload.seed}`],
    [
      'Window',
      `${spec.workload.duration} after ${spec.workload.warmup} of warm-up; a request that takes longer than ${spec.workload.requestTimeout} has failed`,
    ],
    ...(result === null
      ? []
      : [
          [
            'Requests of the best',
            `${result.measurement.requests} in ${formatDuration(result.measurement.windowMs)}; tokens counted by ${result.measurement.tokenSource ?? 'nobody'}`,
          ],
        ]),
    ['Search', `${spec.budget.experiments} experiments at most; seed ${spec.seed}`],
    ...(conditions === null
      ? []
      : [
          [
            'Engine',
            `${spec.engine.kind} ${conditions.reportedVersion ?? conditions.engineVersion ?? 'of unknown version'}`,
          ],
          ['Model', [conditions.model, conditions.modelHash].filter((part) => part != null).join(', ')],
          ['Host', [conditions.host, ...conditions.devices].join(', ')],
        ]),
    ...(conditions?.imageDigest === undefined ? [] : [['Image', conditions.imageDigest]]),
    ...(machine === null
      ? []
      : [
          [
            'Machine',
            `${machine.cpu}, ${machine.cores} cores, ${figure(machine.memoryBytes / GIB)} GiB${machine.gpus.map(({ device, driver }) => `; ${device}, driver ${driver}`).join('')}`,
          ],
          [
            'Disturbance',
            machine.othersMean === null
              ? 'not seen'
              : `${percent(machine.othersMean)} of the engine's cores taken by others`,
          ],
        ]),
    ...(result === null || result.measurement.warnings.length === 0
      ? []
      : [['Warnings', result.measurement.warnings.join('; ')]]),
  ]
  return {
    title: 'How it was measured',
    blocks: [
      { kind: 'table', head: ['', ''], rows },
      {
        kind: 'text',
        text: `Limits and the objective are judged with each failed request counted as infinitely late. The gain is the geometric mean of the ratios of the pairs, with a Student t interval on their logs.${report.finalists.length > 1 ? ` The best of ${report.finalists.length} finalists was chosen by the same pairs, which flatters its gain a little.` : ''}`,
      },
    ],
  }
}

/** Writes the traffic in a line. */
export function trafficText({ workload: { prompts, load } }: TuningSpec): string {
  return `${promptsText(prompts)}, ${loadText(load)}`
}

function promptsText(prompts: TuningSpec['workload']['prompts']): string {
  if ('synthetic' in prompts)
    return `${lengthText(prompts.synthetic.inputTokens)} tokens in, ${lengthText(prompts.synthetic.outputTokens)} out`
  if ('prefixGroups' in prompts) {
    const { groups, prefixTokens, suffixTokens, outputTokens } = prompts.prefixGroups
    return `${groups} prefixes of ${prefixTokens} tokens and ${suffixTokens} of its own in each request, ${lengthText(outputTokens)} out`
  }
  if ('multiTurn' in prompts) {
    const { inputTokens, outputTokens } = prompts.multiTurn
    return `conversations, ${lengthText(inputTokens)} tokens in and ${lengthText(outputTokens)} out in each turn`
  }
  return `${prompts.dataset.format} dataset ${prompts.dataset.file}`
}

function lengthText(length: unknown): string {
  if (typeof length === 'number') return String(length)
  if (typeof length !== 'object' || length === null) return ''
  if ('min' in length && 'max' in length) return `${String(length.min)} to ${String(length.max)}`
  return Object.keys(length)[0] ?? ''
}

function loadText(load: TuningSpec['workload']['load']): string {
  if ('concurrency' in load) return `${load.concurrency} streams kept busy`
  if ('rate' in load) return `${load.rate} requests/s, ${load.arrivals} arrivals`
  if ('ramp' in load) return `${load.ramp.from} to ${load.ramp.to} requests/s`
  if ('bursts' in load) return `bursts of ${load.bursts.rate} requests/s`
  if ('capacity' in load) return `as much load as the limits allow, up to ${load.capacity.upTo}`
  return 'replayed at the times of the trace'
}
