import { durationMs } from '../domain/duration.ts'
import type { RequestRecord } from '../domain/measurement.ts'
import { SequentialTest } from '../domain/statistics/sequential.ts'
import { searchCapacity } from './capacity.ts'
import { Collector } from './collector.ts'
import { latenciesOf } from './latencies.ts'
import { portion, WHOLE, type Shard } from './request-source.ts'
import { resultOf, type LoadResult } from './result.ts'
import type { RunOptions, ShardResult } from './run-options.ts'
import { Sending } from './sending.ts'
import { Session } from './session.ts'
import { SendOrder } from './send-order.ts'
import { openSource } from './source.ts'
import { timeoutsOf } from './timeouts.ts'

/**
 * Drives an endpoint with a workload and measures it.
 *
 * Load begins at once. In a closed loop the streams start one after the other over `warmup`; the window opens when
 * that is over and every stream has finished a request, or at the latest one `duration` later. In an open loop it
 * opens when `warmup` is over. It lasts for `duration`. No request is sent after it, and those in flight are let
 * finish, for up to `requestTimeout`, so that slow ones are not left out. What the figures rest on is described
 * at `metricsOf`.
 *
 * With an `extent` every request after its warm-up is measured; the window, on which throughput rests, still begins
 * when every stream has finished a request, and ends with the last request sent.
 *
 * Throws `EndpointUnreachableError` when no connection comes about from the start, `DatasetError` for a dataset that
 * cannot be read, and the signal's reason when aborted. Failed requests do not make it throw.
 */
export async function runLoad(options: RunOptions): Promise<LoadResult> {
  if ('capacity' in options.workload.load) return searchCapacity(options, runLoad)
  return resultOf([await runShard(options, WHOLE, () => performance.now())], options)
}

/**
 * Does one thread's share of a run. `begin` is asked once the first requests are at hand and the connections stand, so that
 * neither makes the first late, for the time of `performance.now()` at which the run begins.
 */
export async function runShard(
  options: RunOptions,
  shard: Shard,
  begin: () => number | Promise<number>,
): Promise<ShardResult> {
  const { target, workload, calibration, runSeed, attempt, body, onProgress, onRecord } = options
  const { signal, stopSending } = options
  const collector = new Collector(options.slo, calibration.overheadTokens)
  const records: RequestRecord[] = []
  const test = options.decide === undefined ? null : new SequentialTest(options.decide)
  let sending: Sending | null = null
  const inOrder =
    test &&
    new SendOrder<{ met: boolean; latency: number | null }>(({ met, latency }) => {
      if (test.add(met, latency) !== 'open') sending?.stop()
    })
  let goodRequests = 0
  const { load } = workload
  const cap = 'maxConcurrency' in load ? load.maxConcurrency : undefined
  const { openTokenizer } = options.tokenizer === undefined ? {} : await import('./local-tokenizer.ts')
  const session = new Session({
    target,
    endpoint: workload.endpoint,
    timeouts: { ...timeoutsOf(durationMs(workload.requestTimeout)), ...options.timeouts },
    signal,
    events: options.events,
    countTokens: openTokenizer?.(options.tokenizer ?? ''),
    maxConcurrency: cap === undefined ? undefined : Math.max(1, portion(cap, shard)),
    onSend: (index, phase) => {
      if (phase !== 'measured') return
      inOrder?.sent(index)
      sending?.futility?.sent(index)
    },
    onSample: (sample) => {
      const met = collector.add(sample)
      const { record } = sample
      inOrder?.ended(record.index, { met, latency: latencyOf(record) })
      sending?.futility?.ended(record.index, {
        ok: record.outcome === 'ok',
        met,
        latencies: latenciesOf(record),
      })
      if (met) goodRequests += 1
      if (onRecord === undefined) records.push(record)
      else onRecord(record)
    },
  })
  const plan = { model: target.model, workload, calibration, stage: 'run' as const, runSeed, attempt, body }
  const source = openSource(plan, shard)
  try {
    await source.ready?.()
    const running = new Sending(session, source, options, shard, () => ({
      outputTokens: session.outputTokens,
      requests: session.completed,
      goodRequests,
    }))
    sending = running
    stopSending?.addEventListener('abort', () => running.stop(), { once: true, signal: session.signal })
    if (stopSending?.aborted) running.stop()
    await running.connect()
    session.begin(await begin())
    if (onProgress) session.reportLive(onProgress, () => running.totalMs)
    const seen = await running.go()
    session.signal.throwIfAborted()
    session.close()
    return { collector: collector.pack(), records, verdict: test?.verdict ?? null, ...seen }
  } finally {
    source.close?.()
    session.close()
  }
}

/** What tells how alike the requests of a level are: the time to the first token, or to the end without one. */
function latencyOf({ outcome, sentMs, firstTokenMs, endMs }: RequestRecord): number | null {
  return outcome === 'ok' ? (firstTokenMs ?? endMs) - sentMs : null
}
