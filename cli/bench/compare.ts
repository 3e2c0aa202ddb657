import { readFileSync } from 'node:fs'
import { BenchResult, type BenchRun } from '../../domain/bench-result.ts'
import { figure, percent } from '../../domain/figures.ts'
import { gainChange, gainInterval } from '../../domain/gain-words.ts'
import { messageOf } from '../../domain/message-of.ts'
import { MetricName } from '../../domain/metric.ts'
import { comparePairs, judgeLogRatio, type RatioVerdict } from '../../domain/statistics/comparison.ts'
import { CommandFailure } from '../failure.ts'
import { colour, table } from '../format.ts'
import { differences, haveSameSlo } from './differences.ts'
import { failedShare } from './result.ts'

const SHOWN: MetricName[] = [
  'output_tokens_per_second',
  'requests_per_second',
  'goodput_requests_per_second',
  'ttft_mean_ms',
  'ttft_p50_ms',
  'ttft_p99_ms',
  'tpot_mean_ms',
  'itl_p50_ms',
  'itl_p99_ms',
  'e2e_mean_ms',
  'e2e_p99_ms',
]
/** What the limits of `--goodput` are part of. */
const BY_SLO: MetricName[] = ['goodput_requests_per_second', 'attainment', 'fluidity_index']
const Z95 = 1.959964

interface Compared extends RatioVerdict {
  metric: MetricName
  a: number
  b: number
}

/** Compares two result files and says whether B is better than A, as text or JSON. */
export function compareFiles(a: string, b: string, options: { metric: string; json?: boolean }): string {
  const metric = MetricName.safeParse(options.metric).data
  if (metric === undefined) throw new CommandFailure(`--metric ${options.metric}: no such metric`)
  const [before, after] = [readResult(a), readResult(b)]
  const comparable = (name: MetricName) => !BY_SLO.includes(name) || haveSameSlo(before, after)
  if (!comparable(metric))
    throw new CommandFailure(`${metric} cannot be compared: the two were measured under different SLOs`)
  const compared = [metric, ...SHOWN.filter((name) => name !== metric && comparable(name))].flatMap(
    (name) => compareMetric(before, after, name) ?? [],
  )
  const [main] = compared
  if (main === undefined || main.metric !== metric)
    throw new CommandFailure(
      `${metric} cannot be compared: it needs a value above 0 in every run of both files, and an interval where there is one run each`,
    )
  const notes = notesOn(before, after, main)
  if (options.json === true) return JSON.stringify({ ...main, metrics: compared, notes }, null, 2)
  return [
    colour.bold(sentence(main)),
    '',
    table(
      ['metric', 'A', 'B', 'B against A', '95 % interval', ''],
      compared.map(({ metric: name, a: one, b: two, ratio, low, high, verdict }) => [
        name,
        figure(one),
        figure(two),
        gainChange(ratio, isHigherBetter(name)),
        gainInterval(low, high, isHigherBetter(name)).join(' to '),
        verdict.replace('_', ' '),
      ]),
      [1, 2, 3],
    ),
    ...notes.map((note) => colour.dim(`! ${note}`)),
  ].join('\n')
}

function compareMetric(before: BenchResult, after: BenchResult, metric: MetricName): Compared | null {
  const pairs = after.runs.flatMap((run, index) => {
    const [one, two] = [before.runs[index]?.metrics[metric], run.metrics[metric]]
    return one == null || two == null ? [] : [{ one, two, index }]
  })
  const [a, b] = [pairs.map(({ one }) => one), pairs.map(({ two }) => two)]
  const higherIsBetter = isHigherBetter(metric)
  const verdict =
    pairs[0] !== undefined && pairs.length === 1
      ? compareWithin(
          before.runs[pairs[0].index],
          after.runs[pairs[0].index],
          metric,
          higherIsBetter ? 1 : -1,
        )
      : comparePairs(a, b, higherIsBetter)
  if (verdict === null) return null
  const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length
  return { metric, a: mean(a), b: mean(b), ...verdict }
}

function isHigherBetter(metric: MetricName): boolean {
  return !metric.endsWith('_ms') && metric !== 'error_rate'
}

/** With one run each that has a value the only spread known is that within the runs. */
function compareWithin(
  before: BenchRun | undefined,
  after: BenchRun | undefined,
  metric: MetricName,
  sign: number,
): RatioVerdict | null {
  const [one, two] = [logEstimate(before, metric), logEstimate(after, metric)]
  if (one === null || two === null) return null
  return judgeLogRatio(sign * (two.log - one.log), Math.hypot(one.error, two.error), Infinity, 1)
}

function logEstimate(run: BenchRun | undefined, metric: MetricName): { log: number; error: number } | null {
  const value = run?.metrics[metric]
  const { low, high } = run?.measurement.intervals?.[metric] ?? {}
  if (value == null || low == null || high == null || value <= 0 || low <= 0) return null
  return { log: Math.log(value), error: Math.log(high / low) / (2 * Z95) }
}

function sentence({ metric, verdict, ratio, low, high, moreRuns }: Compared): string {
  const higherIsBetter = isHigherBetter(metric)
  const interval = gainInterval(low, high, higherIsBetter).join(', ')
  const change = `${gainChange(ratio, higherIsBetter)}, 95 % interval [${interval}]`
  switch (verdict) {
    case 'better':
      return colour.good(`B is better in ${metric}: ${change}`)
    case 'worse':
      return colour.bad(`B is worse in ${metric}: ${change}`)
    case 'no_difference':
      return `No difference in ${metric} within 2 %: ${change}`
    case 'not_settled': {
      const more =
        moreRuns === null
          ? 'more runs than are worth while'
          : `${moreRuns} more ${moreRuns === 1 ? 'run' : 'runs'} of each`
      return `Not settled for ${metric}: ${change}; ${more} would settle it`
    }
  }
}

function notesOn(before: BenchResult, after: BenchResult, { metric, pairs }: Compared): string[] {
  const both = Math.min(before.runs.length, after.runs.length)
  const source = ({ runs }: BenchResult) => runs[0]?.measurement.tokenSource
  const [failedBefore, failedAfter] = [failedShare(before.runs), failedShare(after.runs)]
  return [
    ...(pairs < 2
      ? [
          'one run each: the interval knows nothing of what differs from run to run; measure with --repeats, on fresh starts',
        ]
      : []),
    ...(before.runs.length === after.runs.length
      ? []
      : [
          `A has ${before.runs.length} runs and B ${after.runs.length}: the first ${both} of each are compared`,
        ]),
    ...(pairs < both
      ? [`${both - pairs} of the ${both} pairs of runs have no ${metric}: ${pairs} counted`]
      : []),
    ...(failedBefore === 0 && failedAfter === 0
      ? []
      : [
          `${percent(failedBefore)} of A's requests failed and ${percent(failedAfter)} of B's: latencies are those of the others`,
        ]),
    ...(before.clientLimited || after.clientLimited ? ['the client was the limit in one of them'] : []),
    ...differences(before, after),
    ...(source(before) !== source(after) ? ['tokens were counted in different ways'] : []),
  ]
}

function readResult(file: string): BenchResult {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new CommandFailure(whyUnread(file, error))
  }
  const parsed = BenchResult.safeParse(json)
  if (!parsed.success) throw new CommandFailure(`${file} is not a result of redline bench --json`)
  return parsed.data
}

function whyUnread(file: string, error: unknown): string {
  if (error instanceof SyntaxError) return `${file} is not JSON`
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ENOENT') return `there is no file ${file}`
  return code === 'EISDIR' ? `${file} is a folder` : `cannot read ${file}: ${messageOf(error)}`
}
