import { parseArgs } from 'node:util'
import { createRedlineClient, unwrap, type TuningSpec } from '../client/client.ts'
import { followTuning } from '../client/follow.ts'
import { SURFACE_WORKLOAD } from './real-surface.ts'
import { figure, printHead, printRow } from './table.ts'

// What cutting measurements short saves of a whole tuning: the same one of llama-server on the service that runs
// (`npm start`), with it and without, and what each finds.

const { values: flags } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:4680' },
    experiments: { type: 'string', default: '12' },
    duration: { type: 'string', default: '15s' },
    search: { type: 'string', default: 'model' },
  },
})
const { url } = flags
const client = createRedlineClient(url)

const request = (cutShort: boolean): TuningSpec => ({
  name: `cut short: ${cutShort}`,
  engine: { kind: 'llama.cpp', model: 'gemma-3-270m', args: { ctx_size: 16_384 } },
  workload: { ...SURFACE_WORKLOAD, duration: flags.duration },
  objective: { maximize: 'output_tokens_per_second' },
  constraints: ['ttft_p90_ms <= 4000'],
  space: {
    parallel: { type: 'integer', low: 1, high: 16, scale: 'power-of-two' },
    threads: { type: 'integer', low: 1, high: 2 },
    flash_attn: { type: 'categorical', choices: ['on', 'off'] },
    ubatch_size: { type: 'integer', low: 32, high: 512, scale: 'power-of-two' },
  },
  search: flags.search === 'sobol' ? 'sobol' : 'model',
  budget: { experiments: Number(flags.experiments), cutShort },
  confirmation: { pairs: 0, finalists: 1 },
})

printHead(`${flags.experiments} experiments of ${flags.duration}, ${flags.search}`, [
  'cut short',
  'measured, of them cut',
  'cut for a limit / the objective',
  'measured for, s',
  'whole tuning, s',
  'best, tokens/s',
])
const spent: number[] = []
for (const cutShort of [false, true]) {
  const { id } = await unwrap(url, client.POST('/api/v1/tunings', { body: request(cutShort) }))
  await new Promise<void>((resolve) =>
    followTuning(url, id, { onEvent: () => undefined, onLive: () => undefined, onEnd: () => resolve() }),
  )
  const params = { path: { id } }
  const { experiments } = await unwrap(url, client.GET('/api/v1/tunings/{id}/experiments', { params }))
  const tuning = await unwrap(url, client.GET('/api/v1/tunings/{id}', { params }))
  const search = experiments.flatMap(({ kind, result }) =>
    kind === 'search' && result?.status === 'measured' ? [result.measurement] : [],
  )
  const seconds = search.reduce((sum, { windowMs }) => sum + windowMs, 0) / 1000
  const cut = search.flatMap((measurement) => measurement.cutShort ?? [])
  const because = (of: string) => cut.filter((one) => one.of === of).length
  spent.push(seconds / Math.max(1, search.length))
  printRow([
    cutShort ? 'on' : 'off',
    `${search.length}, ${cut.length}`,
    `${because('constraint')} / ${because('objective')}`,
    seconds.toFixed(0),
    ((Date.parse(tuning.finishedAt ?? '') - Date.parse(tuning.startedAt ?? '')) / 1000).toFixed(0),
    figure(tuning.best?.objective),
  ])
}
const [whole = NaN, short = NaN] = spent
console.log(`\nMeasuring time saved per experiment: ${(100 * (1 - short / whole)).toFixed(0)} %`)
