import type { RequestSlo } from '../domain/constraint.ts'
import type { CutLimits, CutShort } from '../domain/cut-short.ts'
import type { LiveFigures, RequestRecord } from '../domain/measurement.ts'
import type { LevelTest, LevelVerdict } from '../domain/statistics/sequential.ts'
import type { Workload } from '../domain/workload.ts'
import type { ClientHealth } from './client-health.ts'
import type { PackedCollector } from './collector.ts'
import type { Timeouts } from './connection.ts'
import type { Target } from './endpoint.ts'
import type { Window } from './metrics.ts'
import type { PromptCalibration } from './prompts.ts'
import type { BodyOptions } from './request-body.ts'

export interface RunOptions {
  target: Target
  workload: Workload
  slo: RequestSlo
  calibration: PromptCalibration
  /** Sets arrivals, lengths and words, with the workload's own seed: runs with other seeds send other prompts. */
  runSeed: number
  /**
   * Sets other words for the same arrivals and lengths; 0 when left out. A run repeated on the same engine needs
   * a new one, or the engine answers it from its prefix cache.
   */
  attempt?: number
  signal?: AbortSignal
  /** Once it is aborted nothing more is sent, and the run ends with what is in flight. */
  stopSending?: AbortSignal
  onProgress?: (live: LiveFigures) => void
  /** How much is measured, in place of the workload's warm-up and duration. */
  extent?: RunExtent
  body?: BodyOptions
  /** In place of what the workload's `requestTimeout` gives. */
  timeouts?: Partial<Timeouts>
  /** Keep the time of every event in the records. */
  events?: boolean
  /** Takes each record instead of its being kept for the result. */
  onRecord?: (record: RequestRecord) => void
  /** Ends the run as soon as its requests have decided whether the SLO holds; for one thread. */
  decide?: LevelTest
  /** Ends the window as soon as it is clear that one of these cannot be met; in one thread, without an extent. */
  limits?: CutLimits | undefined
  /** A folder with the model's tokenizer, which counts answers that come without a count. */
  tokenizer?: string
  /** Threads that share the load; only `runLoadInThread` uses more than one. */
  threads?: number
}

/** A run in which every request after the warm-up counts, whether the load is steady yet or not. */
export interface RunExtent {
  /** Measured requests; null for a run by time. */
  requests: number | null
  /** Time after the warm-up in which requests are sent; null for a run by count. */
  durationMs: number | null
  warmupRequests: number
  warmupMs: number
  /** Time over which the streams of a closed loop begin; a little by default. */
  staggerMs?: number | undefined
}

/** What one thread has seen of a run. */
export interface ShardResult {
  collector: PackedCollector
  records: RequestRecord[]
  window: Window | null
  health: ClientHealth
  /** The window began after every stream had finished a request. */
  steady: boolean
  warmupRequests: number
  exhausted: boolean
  /** What the requests have decided, when that was asked. */
  verdict: LevelVerdict | null
  cutShort: CutShort | null
}
