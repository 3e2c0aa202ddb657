import { Context } from '@temporalio/activity'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import type { Database } from '../database/connect.ts'
import { setExperimentStage } from '../database/experiments.ts'
import type { Vault } from '../database/vault.ts'
import type { EngineExit } from '../domain/diagnosis.ts'
import { plainDiagnosis } from '../domain/plain-diagnosis.ts'
import type { ExperimentStage } from '../domain/experiment.ts'
import { maskKnown, secretsOf, withSecrets } from '../domain/mask-secrets.ts'
import type { TuningSpec } from '../domain/tuning.ts'
import { AnswerTooLongError, type EnginePlace } from '../engines/ask.ts'
import { endpointHeaders } from '../engines/endpoint-key.ts'
import { ENGINES } from '../engines/index.ts'
import { DatasetError } from '../loadgen/dataset-files.ts'
import { EndpointRefusedError, EndpointUnreachableError } from '../loadgen/errors.ts'
import { diagnoseExit } from '../runtimes/diagnose-exit.ts'
import type { Runtimes } from '../runtimes/index.ts'
import type { Instance, Runtime } from '../runtimes/runtime.ts'
import { engineLogTail, keepEngineLog } from './engine-log.ts'
import { datasetFailed } from './dataset-check.ts'
import { configurationFailed, engineLost, tuningOrFail } from './failures.ts'

/** One start of an experiment's engine. */
export interface EngineStartRef {
  tuningId: string
  number: number
  attempt: number
}

/** How often a long activity shows that it is alive, keeps the engine's log and looks whether the engine runs. */
const PULSE_MS = 1000
/** The end of an engine that nobody saw: its worker was gone. */
const UNSEEN: EngineExit = { exitCode: null, signal: null }
/** Lines of the log that a diagnosis shows. */
const TAIL_LINES = 40

/** The engine of one experiment on this host, from its start to its stop: what all activities need of it. */
export class RunningEngine {
  readonly ref: EngineStartRef
  readonly spec: TuningSpec
  readonly runtime: Runtime
  readonly #db: Database

  private constructor(db: Database, runtimes: Runtimes, ref: EngineStartRef, spec: TuningSpec) {
    this.#db = db
    this.ref = ref
    this.spec = spec
    this.runtime = runtimes[spec.runtime.kind]
  }

  /** Finds what a start is about. */
  static async of(
    { db, runtimes, vault }: { db: Database; runtimes: Runtimes; vault: Vault },
    ref: EngineStartRef,
  ): Promise<RunningEngine> {
    const { spec } = await tuningOrFail(db, ref.tuningId)
    return new RunningEngine(db, runtimes, ref, withSecrets(spec, vault.open))
  }

  /** The key under which its runtime knows it. */
  get key(): string {
    return `${this.ref.tuningId}-${this.ref.number}-${this.ref.attempt}`
  }

  async enter(stage: ExperimentStage): Promise<void> {
    const { tuningId, number, attempt } = this.ref
    await setExperimentStage(this.#db, tuningId, number, { stage, attempt })
  }

  logTail(): Promise<string[]> {
    return engineLogTail(this.runtime, this.key, secretsOf(this.spec))
  }

  /** Keeps what was logged since the last time; `partialLine` when nothing more will come. */
  async keepLog({ partialLine = false } = {}): Promise<void> {
    await keepEngineLog(this.#db, this.runtime, this.key, this.ref, {
      partialLine,
      secrets: secretsOf(this.spec),
    })
  }

  /** Returns the running instance with what its requests carry; throws why there is none. */
  async instance(): Promise<Instance & EnginePlace> {
    const instance = await this.runtime.find(this.key)
    if (instance === null || !instance.running) throw await this.#ended(instance?.exit ?? null)
    return { ...instance, headers: endpointHeaders(this.spec) }
  }

  /** Runs long work: heartbeats, keeps the log, and ends the work as soon as the engine is gone or the activity cancelled. */
  async whileItRuns<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const { cancellationSignal, heartbeat } = Context.current()
    const engineGone = new AbortController()
    let pulsing = false
    const pulse = setInterval(() => {
      heartbeat()
      if (pulsing) return
      pulsing = true
      this.keepLog()
        .then(() => this.runtime.find(this.key))
        .then((instance) => {
          if (instance === null || !instance.running) engineGone.abort()
        })
        // A database that is away for a moment must not end a measurement.
        .catch(() => undefined)
        .finally(() => (pulsing = false))
    }, PULSE_MS)
    try {
      const result = await work(AbortSignal.any([cancellationSignal, engineGone.signal]))
      await this.instance()
      return result
    } catch (error) {
      if (cancellationSignal.aborted) throw new CancelledFailure('cancelled while the engine was running')
      if (!(error instanceof ApplicationFailure)) await this.instance()
      throw await this.#asFailure(error)
    } finally {
      clearInterval(pulse)
    }
  }

  /** Takes the secrets of the request out of what the engine says: it may quote them. */
  masked(text: string): string {
    return maskKnown(text, secretsOf(this.spec))
  }

  /** The configuration's result: it ran, and could not do what was asked of it. */
  async failed(...[kind, summary, advice]: Parameters<typeof plainDiagnosis>): Promise<ApplicationFailure> {
    const logTail = (await this.logTail()).slice(-TAIL_LINES)
    return configurationFailed({ ...plainDiagnosis(kind, this.masked(summary), advice), logTail })
  }

  /** Says why the engine ended: its own fault is the configuration's result, another's is not. */
  async #ended(exit: EngineExit | null): Promise<ApplicationFailure> {
    await this.keepLog({ partialLine: true })
    const tail = await this.logTail()
    const diagnosis =
      diagnoseExit(exit ?? UNSEEN, tail) ?? ENGINES[this.spec.engine.kind].diagnose(exit ?? UNSEEN, tail)
    const lost =
      diagnosis.kind === 'port_in_use' ||
      diagnosis.kind === 'killed' ||
      (exit === null && diagnosis.kind === 'unknown')
    return lost ? engineLost(diagnosis) : configurationFailed(diagnosis)
  }

  /** What the load generator could not get past, as a result of the configuration; anything else as it is, to be retried. */
  async #asFailure(error: unknown): Promise<unknown> {
    if (error instanceof EndpointRefusedError) {
      return this.failed(
        'requests_rejected',
        `the engine rejects the workload's requests: ${error.message}`,
        'Compare the prompt and output lengths with the context per slot (ctx_size / parallel).',
      )
    }
    if (error instanceof EndpointUnreachableError)
      return this.failed('overloaded', error.message, 'See the log.')
    if (error instanceof AnswerTooLongError)
      return this.failed('infrastructure', error.message, 'Check that an engine is what answers there.')
    if (error instanceof DatasetError) return configurationFailed(datasetFailed(error))
    return error
  }
}

/** Shows that the activity is alive for as long as its work takes. */
export async function whileAlive<Result>(work: () => Promise<Result>): Promise<Result> {
  const { heartbeat } = Context.current()
  const pulse = setInterval(heartbeat, PULSE_MS)
  try {
    return await work()
  } finally {
    clearInterval(pulse)
  }
}
