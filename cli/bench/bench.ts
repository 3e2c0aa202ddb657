import { writeFileSync } from 'node:fs'
import type { BenchRun } from '../../domain/bench-result.ts'
import { figure } from '../../domain/figures.ts'
import type { LiveFigures } from '../../domain/measurement.ts'
import { runLoadInThread } from '../../loadgen/thread.ts'
import { threadsFor } from '../../loadgen/threads-for.ts'
import { cannotWrite, CommandFailure } from '../failure.ts'
import { bar } from '../format.ts'
import { liveLine } from '../live-line.ts'
import type { BenchFlags } from './options.ts'
import { calibrationFor, withModel } from './preflight.ts'
import { readBenchFlags, type BenchPlan } from './read-options.ts'
import { RequestsFile } from './requests-file.ts'
import { benchResult, benchRun } from './result.ts'
import { resultText } from './result-text.ts'

/** Measures an endpoint as the flags say, shows and writes what was found, and returns the exit code. */
export async function runBench(flags: BenchFlags, signal: AbortSignal): Promise<number> {
  const plan = readBenchFlags(flags)
  const target = await withModel(plan.target, signal)
  const calibration = await calibrationFor(plan, target, signal)
  const requests = flags.requests === undefined ? null : new RequestsFile(flags.requests)
  const runs = []
  try {
    const firstMs = performance.now()
    for (let repeat = 0; repeat < plan.repeats; repeat += 1) {
      const startedAt = new Date()
      const offsetMs = performance.now() - firstMs
      const live = progress(plan)
      const result = await runLoadInThread({
        target,
        workload: plan.workload,
        slo: plan.slo,
        calibration,
        runSeed: repeat,
        signal,
        ...('capacity' in plan.workload.load ? {} : { extent: plan.extent }),
        body: plan.body,
        ...(plan.tokenizer === null ? {} : { tokenizer: plan.tokenizer }),
        timeouts: plan.timeouts,
        events: requests !== null,
        threads: plan.threads ?? threadsFor(plan.workload.load),
        onProgress: live.show,
        keepRecords: false,
        ...(requests === null ? {} : { onLines: (lines) => requests.add(lines, offsetMs) }),
      }).finally(live.end)
      runs.push(benchRun(result, plan.seed + repeat, startedAt))
    }
  } finally {
    requests?.finish()
  }
  const result = benchResult(plan, target, flags.label ?? null, runs)
  const toStandardOutput = flags.json === '-'
  if (flags.json !== undefined && !toStandardOutput) writeResult(flags.json, result)
  process.stdout.write(toStandardOutput ? `${JSON.stringify(result, null, 2)}\n` : `${resultText(result)}\n`)
  const nothing = runs.find(({ requests: { succeeded } }) => succeeded === 0)
  if (nothing !== undefined) process.stderr.write(`redline: ${nothingText(nothing)}\n`)
  return result.exitCode
}

function nothingText({ requests, outcomes }: BenchRun): string {
  if (requests.sent === 0) return 'no request was measured: none began in the time of --duration'
  const counts = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`)
  return `no request succeeded: ${counts.join(', ')}`
}

function writeResult(file: string, result: unknown): void {
  try {
    writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`)
  } catch (error) {
    throw new CommandFailure(cannotWrite(file, error))
  }
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
