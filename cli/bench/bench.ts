import { writeFileSync } from 'node:fs'
import type { BenchResult, BenchRun } from '../../domain/bench-result.ts'
import { counted, figure } from '../../domain/figures.ts'
import type { LiveFigures } from '../../domain/measurement.ts'
import { messageOf } from '../../domain/message-of.ts'
import type { Target } from '../../loadgen/endpoint.ts'
import { runLoadInThread } from '../../loadgen/thread.ts'
import { threadsFor } from '../../loadgen/threads-for.ts'
import { cannotWrite, CommandFailure } from '../failure.ts'
import { bar, harmless } from '../format.ts'
import { liveLine } from '../live-line.ts'
import { END_SIGNALS } from '../signals.ts'
import type { BenchFlags } from './options.ts'
import { checkOutputs } from './outputs.ts'
import { calibrationFor, withModel } from './preflight.ts'
import { readBenchFlags, type BenchPlan } from './read-options.ts'
import { RequestsFile } from './requests-file.ts'
import { benchResult, benchRun, resultFileText } from './result.ts'
import { resultText } from './result-text.ts'

const FAILED = 1
/** As shells say of a program that Ctrl-C ended. */
const INTERRUPTED = 130

/** Measures an endpoint as the flags say, shows and writes what was found, and returns the exit code. */
export async function runBench(flags: BenchFlags, signal: AbortSignal): Promise<number> {
  const plan = readBenchFlags(flags)
  checkOutputs(flags)
  const requests = flags.requests === undefined ? null : new RequestsFile(flags.requests)
  const runs: BenchRun[] = []
  let target: Target | null = null
  let stopped: { by: unknown } | null = null
  let isLastPartial = false
  try {
    target = await withModel(plan.target, signal)
    for await (const run of measure(plan, target, requests, signal)) {
      runs.push(run)
      isLastPartial = signal.aborted && run.requests.sent !== plan.extent.requests
    }
  } catch (error) {
    stopped = { by: error }
  }
  if (target === null || runs.length === 0) {
    requests?.finish()
    if (!signal.aborted) throw stopped?.by
    tell('interrupted before anything was measured: no result was written')
    return INTERRUPTED
  }
  const found = benchResult(plan, target, flags.label ?? null, runs)
  const end =
    signal.aborted || stopped !== null ? endText(runs, plan.repeats, signal.aborted, isLastPartial) : null
  const exitCode = signal.aborted ? INTERRUPTED : FAILED
  const result = end === null ? found : { ...found, warnings: [...found.warnings, end], exitCode }
  show(result, flags.json === '-')
  const written = write(result, flags.json, requests)
  if (end !== null) tell(stopped === null || signal.aborted ? end : `${end}: ${messageOf(stopped.by)}`)
  return written || signal.aborted ? result.exitCode : FAILED
}

/** What is told when not all came about; null when an interruption came too late to matter. */
function endText(
  runs: BenchRun[],
  repeats: number,
  interrupted: boolean,
  isLastPartial: boolean,
): string | null {
  const end = `after ${runs.length} of ${repeats} runs`
  if (!interrupted) return `failed ${end}`
  if (!isLastPartial) return runs.length === repeats ? null : `interrupted ${end}`
  const sent = counted(runs.at(-1)?.requests.sent ?? 0, 'request')
  return `interrupted in run ${runs.length} of ${repeats}: its figures are those of ${sent} sent until then`
}

/** Yields the runs as they are done. */
async function* measure(
  plan: BenchPlan,
  target: Target,
  requests: RequestsFile | null,
  signal: AbortSignal,
): AsyncGenerator<BenchRun> {
  const calibration = await calibrationFor(plan, target, signal)
  for (let repeat = 0; repeat < plan.repeats; repeat += 1) {
    const startedAt = new Date()
    const live = progress(plan)
    const isSearch = 'capacity' in plan.workload.load
    using ending = endingOf(isSearch ? null : signal)
    const result = await runLoadInThread({
      target,
      workload: plan.workload,
      slo: plan.slo,
      calibration,
      runSeed: repeat,
      ...(isSearch ? { signal } : { signal: ending.signal, stopSending: signal, extent: plan.extent }),
      body: plan.body,
      ...(plan.tokenizer === null ? {} : { tokenizer: plan.tokenizer }),
      timeouts: plan.timeouts,
      events: requests !== null,
      threads: plan.threads ?? threadsFor(plan.workload.load),
      onProgress: live.show,
      keepRecords: false,
      ...(requests === null ? {} : { onLines: (lines) => requests.add(lines) }),
    }).finally(live.end)
    if (!signal.aborted || result.measurement.requests > 0)
      yield benchRun(result, plan.seed + repeat, startedAt)
    if (signal.aborted) return
  }
}

/** A signal that an interruption aborts when it comes a second time; the first ends the sending. */
function endingOf(interrupted: AbortSignal | null): Disposable & { signal: AbortSignal } {
  const giveUp = new AbortController()
  const abort = () => giveUp.abort()
  const begin = () => {
    tell('ending with the requests in flight; interrupt again to give them up')
    for (const name of END_SIGNALS) process.on(name, abort)
  }
  interrupted?.addEventListener('abort', begin)
  return {
    signal: giveUp.signal,
    [Symbol.dispose]() {
      interrupted?.removeEventListener('abort', begin)
      for (const name of END_SIGNALS) process.off(name, abort)
    },
  }
}

/** Prints a result, and says on standard error when it tells nothing. */
function show(result: BenchResult, asJson: boolean): void {
  process.stdout.write(asJson ? resultFileText(result) : `${resultText(result)}\n`)
  const nothing = result.runs.find(({ requests: { succeeded } }) => succeeded === 0)
  if (nothing !== undefined) tell(nothingText(nothing))
}

function nothingText({ requests, outcomes }: BenchRun): string {
  if (requests.sent === 0) return 'no request was measured: none began in the time of --duration'
  const counts = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`)
  return `no request succeeded: ${counts.join(', ')}`
}

/** Writes what was asked for, each whether or not the other can be written, and returns whether all was. */
function write(result: BenchResult, json: string | undefined, requests: RequestsFile | null): boolean {
  const writes = [
    ...(json === undefined || json === '-' ? [] : [() => writeResult(json, result)]),
    ...(requests === null ? [] : [() => requests.finish()]),
  ]
  const failures = writes.flatMap((each) => {
    try {
      each()
      return []
    } catch (error) {
      return [messageOf(error)]
    }
  })
  for (const failure of failures) tell(failure)
  return failures.length === 0
}

function writeResult(file: string, result: BenchResult): void {
  try {
    writeFileSync(file, resultFileText(result))
  } catch (error) {
    throw new CommandFailure(cannotWrite(file, error))
  }
}

function tell(line: string): void {
  process.stderr.write(`redline: ${harmless(line)}\n`)
}

/** The line that shows how far a run is and what it yields. */
function progress({ extent }: BenchPlan): { show: (live: LiveFigures) => void; end: () => void } {
  let latest: LiveFigures | null = null
  const total = extent.requests
  const line = liveLine(() => {
    if (latest === null) return ''
    const { completed, failed, elapsedMs, totalMs, inFlight, outputTokensPerSecond, ttftP50Ms } = latest
    const done = completed + failed
    const share = total === null ? elapsedMs / Math.max(1, totalMs) : done / (total + extent.warmupRequests)
    return [
      `${bar(share, 20)} ${total === null ? `${(elapsedMs / 1000).toFixed(0)} s` : `${done}/${total + extent.warmupRequests}`}`,
      `${figure(outputTokensPerSecond)} tok/s`,
      `TTFT ${figure(ttftP50Ms)} ms`,
      `${inFlight} in flight`,
      ...(failed > 0 ? [`${failed} failed`] : []),
    ].join('  |  ')
  })
  return {
    show(live) {
      latest = live
      line.refresh()
    },
    end: () => line.clear(),
  }
}
