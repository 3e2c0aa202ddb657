import { Context } from '@temporalio/activity'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { gzipSync } from 'node:zlib'
import { saveRequestRecords } from '../database/artifacts.ts'
import type { Database } from '../database/connect.ts'
import { announceLive } from '../database/events.ts'
import {
  addConditions,
  announceRepeat,
  findExperiment,
  saveConditions,
  setExperimentStage,
} from '../database/experiments.ts'
import { listHosts } from '../database/hosts.ts'
import { requestSlo } from '../domain/constraint.ts'
import type { Device } from '../domain/device.ts'
import { plainDiagnosis, type Diagnosis, type EngineExit } from '../domain/diagnosis.ts'
import type { EngineParameter } from '../domain/engine-parameter.ts'
import { formatDuration } from '../domain/duration.ts'
import type { ExperimentStage } from '../domain/experiment.ts'
import type { Measurement } from '../domain/measurement.ts'
import type { TuningSpec } from '../domain/tuning.ts'
import { configurationCommand } from '../engines/command.ts'
import type { Engine } from '../engines/engine.ts'
import { ENGINES } from '../engines/index.ts'
import { modelHash } from '../engines/model-hash.ts'
import { workloadOf } from '../engines/openai.ts'
import { reportedVersion } from '../engines/reported-version.ts'
import { readServerMetrics } from '../engines/server-metrics.ts'
import { calibratePrompts, type PromptCalibration } from '../loadgen/calibrate.ts'
import { EndpointRefusedError, EndpointUnreachableError } from '../loadgen/errors.ts'
import { runLoadInThread } from '../loadgen/thread.ts'
import { warmUp } from '../loadgen/warm-up.ts'
import { diagnoseExit } from '../runtimes/diagnose-exit.ts'
import { watchMachine } from '../runtimes/machine-watch.ts'
import type { Runtimes } from '../runtimes/index.ts'
import { StartError, type Instance, type Runtime } from '../runtimes/runtime.ts'
import { engineLogTail, keepEngineLog } from './engine-log.ts'
import { configurationFailed, engineLost, tuningOrFail } from './failures.ts'
import { measureUndisturbed, type Measured } from './measure-undisturbed.ts'
import { foreseenFailure } from './start-checks.ts'

/** One start of an experiment's engine. */
export interface EngineStartRef {
  tuningId: string
  number: number
  attempt: number
}

/** An engine that is installed on this host. */
export interface InstalledEngine {
  path: string
  version: string | null
  /** The catalogue of this version, when its help was read. */
  parameters?: EngineParameter[]
}

export interface EngineActivityDependencies {
  db: Database
  runtimes: Runtimes
  host: string
  engines: Partial<Record<TuningSpec['engine']['kind'], InstalledEngine>>
  /** Files of the models that Redline provides, by name. */
  models: Record<string, string>
  /** How often a measurement that was disturbed from outside is repeated on the same engine. */
  repeatDisturbed: number
}

/** How often a long activity shows that it is alive, keeps the engine's log and looks whether the engine runs. */
const PULSE_MS = 1000
/** The end of an engine that nobody saw: its worker was gone. */
const UNSEEN: EngineExit = { exitCode: null, signal: null }
const READINESS_POLL_MS = 200
/** A model may take minutes to load; an engine that is not ready by then never will be. */
const READY_WITHIN_MS = 20 * 60_000

/** Of attempts that differ by less than this, each repetition on the same engine gets words of its own. */
const REPEAT_STRIDE = 1000
/** Repetitions stop while this much more than the last one took is left of the activity's time. */
const REPEAT_MARGIN = 1.5

/** Activities of the host on which the engine runs. */
export function createEngineActivities(dependencies: EngineActivityDependencies) {
  const { db, runtimes, host, engines, models, repeatDisturbed } = dependencies
  /** The last measurement stayed disturbed: repeating every one after it would only take three times as long. */
  let staysDisturbed = false

  const keyOf = ({ tuningId, number, attempt }: EngineStartRef) => `${tuningId}-${number}-${attempt}`

  const specOf = async (tuningId: string) => (await tuningOrFail(db, tuningId)).spec

  const runtimeOf = (spec: TuningSpec): Runtime => runtimes[spec.runtime.kind]

  async function enterStage(
    { tuningId, number, attempt }: EngineStartRef,
    stage: ExperimentStage,
  ): Promise<void> {
    await setExperimentStage(db, tuningId, number, { stage, attempt })
  }

  /** Says why an engine ended: its own fault is the configuration's result, another's is not. */
  async function engineEnded(
    ref: EngineStartRef,
    spec: TuningSpec,
    exit: EngineExit | null,
  ): Promise<ApplicationFailure> {
    const runtime = runtimeOf(spec)
    await keepEngineLog(db, runtime, keyOf(ref), ref, { partialLine: true })
    const tail = await engineLogTail(runtime, keyOf(ref))
    const diagnosis =
      diagnoseExit(exit ?? UNSEEN, tail) ?? ENGINES[spec.engine.kind].diagnose(exit ?? UNSEEN, tail)
    const notItsFault =
      diagnosis.kind === 'port_in_use' ||
      diagnosis.kind === 'killed' ||
      (exit === null && diagnosis.kind === 'unknown')
    return notItsFault ? engineLost(diagnosis) : configurationFailed(diagnosis)
  }

  async function runningInstance(ref: EngineStartRef, spec: TuningSpec): Promise<Instance> {
    const instance = await runtimeOf(spec).find(keyOf(ref))
    if (instance === null || !instance.running) throw await engineEnded(ref, spec, instance?.exit ?? null)
    return instance
  }

  /** Runs long work: heartbeats, keeps the log, and ends the work as soon as the engine is gone or the activity cancelled. */
  async function whileEngineRuns<Result>(
    ref: EngineStartRef,
    spec: TuningSpec,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const { cancellationSignal, heartbeat } = Context.current()
    const runtime = runtimeOf(spec)
    const engineGone = new AbortController()
    let pulsing = false
    const pulse = setInterval(() => {
      heartbeat()
      if (pulsing) return
      pulsing = true
      keepEngineLog(db, runtime, keyOf(ref), ref)
        .then(() => runtime.find(keyOf(ref)))
        .then((instance) => {
          if (instance === null || !instance.running) engineGone.abort()
        })
        // A database that is away for a moment must not end a measurement.
        .catch(() => undefined)
        .finally(() => (pulsing = false))
    }, PULSE_MS)
    try {
      const result = await work(AbortSignal.any([cancellationSignal, engineGone.signal]))
      await runningInstance(ref, spec)
      return result
    } catch (error) {
      if (cancellationSignal.aborted) throw new CancelledFailure('cancelled while the engine was running')
      if (!(error instanceof ApplicationFailure)) await runningInstance(ref, spec)
      throw asFailure(error, await engineLogTail(runtime, keyOf(ref)))
    } finally {
      clearInterval(pulse)
    }
  }

  async function recordCircumstances(
    { tuningId, number }: EngineStartRef,
    { machine, server, repeats }: Measured,
  ): Promise<void> {
    await addConditions(db, tuningId, number, { machine, server, repeats })
  }

  return {
    /** Starts the engine of an experiment, or finds the one that an earlier try of this activity started. */
    async startEngine(ref: EngineStartRef, devices: Device[]): Promise<void> {
      await enterStage(ref, 'starting')
      const spec = await specOf(ref.tuningId)
      const experiment = await findExperiment(db, ref.tuningId, ref.number)
      if (experiment === null)
        throw ApplicationFailure.nonRetryable('the experiment was deleted', 'TuningDeleted')
      const engine = ENGINES[spec.engine.kind]
      const needsProgram =
        engine.program !== null && (spec.runtime.kind === 'process' || spec.runtime.kind === 'command')
      const installed = needsProgram ? engines[spec.engine.kind] : undefined
      const model = models[spec.engine.model] ?? spec.engine.model
      const configuration = { ...spec.engine.args, ...experiment.configuration }
      const foreseen = await foreseenFailure({
        engine,
        runtime: spec.runtime,
        model,
        configuration,
        devices,
        host,
        installed: !needsProgram || installed !== undefined,
      })
      if (foreseen !== null) throw startFailed(foreseen)
      const { parameters = engine.parameters } = installed ?? {}
      const start = { model, servedName: spec.engine.model, configuration, parameters }
      const { env } = configurationCommand(parameters, configuration, engine)
      const { cancellationSignal: signal } = Context.current()
      try {
        const { command, container } = await whileAlive(() =>
          runtimeOf(spec).start({
            key: keyOf(ref),
            spec: spec.runtime,
            program:
              spec.runtime.kind === 'docker' ? (spec.runtime.program ?? null) : (installed?.path ?? null),
            args: (place) => engine.args({ ...start, ...place }),
            env: { ...spec.engine.env, ...env },
            devices,
            files: engine.modelIsFile && spec.runtime.kind !== 'endpoint' ? [model] : [],
            signal,
          }),
        )
        await saveConditions(db, ref.tuningId, ref.number, {
          host,
          devices: devices.map(({ id }) => id),
          engineVersion: installed?.version ?? null,
          ...(container === null ? {} : { imageDigest: container.digest }),
          model,
          command,
          attempts: ref.attempt,
        })
        // Read while the engine reads it anyway, so that it is known before anything is measured.
        if (engine.modelIsFile && spec.runtime.kind !== 'endpoint') void modelHash(model)
      } catch (error) {
        if (signal.aborted) throw new CancelledFailure('cancelled while the engine was started')
        if (!(error instanceof StartError)) throw error
        throw startFailed(plainDiagnosis(error.kind, error.message, error.advice))
      }
    },

    /** Waits until the engine answers its readiness probe. An engine that ends instead is diagnosed. */
    async awaitReady(ref: EngineStartRef): Promise<void> {
      await enterStage(ref, 'loading')
      const spec = await specOf(ref.tuningId)
      const { readinessPath } = ENGINES[spec.engine.kind]
      const { baseUrl } = await runningInstance(ref, spec)
      const deadlineMs = Context.current().info.scheduledTimestampMs + READY_WITHIN_MS
      await whileEngineRuns(ref, spec, async (signal) => {
        while (!(await answers(`${baseUrl}${readinessPath}`, signal))) {
          if (Date.now() > deadlineMs) {
            const tail = await engineLogTail(runtimeOf(spec), keyOf(ref))
            const waited = formatDuration(READY_WITHIN_MS)
            throw configurationFailed(ENGINES[spec.engine.kind].diagnoseSlowStart(waited, tail))
          }
          await new Promise((resolve) => setTimeout(resolve, READINESS_POLL_MS))
          await runningInstance(ref, spec)
        }
      })
    },

    /** Calibrates the prompts and sends load that enters no figure. */
    async warmUp(ref: EngineStartRef): Promise<PromptCalibration> {
      await enterStage(ref, 'warming')
      const spec = await specOf(ref.tuningId)
      const { baseUrl } = await runningInstance(ref, spec)
      const target = { baseUrl, model: spec.engine.model }
      const experiment = await findExperiment(db, ref.tuningId, ref.number)
      const workload = workloadOf(spec, experiment?.configuration ?? {})
      return whileEngineRuns(ref, spec, async (signal) => {
        const calibration = await calibratePrompts(target, workload, signal)
        await warmUp({
          target,
          workload,
          calibration,
          runSeed: runSeed(ref.number, null),
          attempt: Context.current().info.attempt,
          signal,
        })
        await resetCache(ENGINES[spec.engine.kind], baseUrl, signal)
        return calibration
      })
    },

    /** Drives the engine with the workload, keeps every request's record and returns the figures. */
    async measure(ref: EngineStartRef, calibration: PromptCalibration): Promise<Measurement> {
      await enterStage(ref, 'measuring')
      const { tuningId, number } = ref
      const spec = await specOf(tuningId)
      const { baseUrl, container } = await runningInstance(ref, spec)
      const engine = ENGINES[spec.engine.kind]
      const experiment = await findExperiment(db, tuningId, number)
      const held = experiment?.conditions?.devices ?? []
      const own = (await listHosts(db)).find(({ name }) => name === host)
      const devices = (own?.devices ?? []).filter(({ id }) => held.includes(id))
      const workload = workloadOf(spec, experiment?.configuration ?? {})
      const { info } = Context.current()
      const startedMs = performance.now()
      const measured = await whileEngineRuns(ref, spec, async (signal) => {
        const model = experiment?.conditions?.model
        await addConditions(db, tuningId, number, {
          reportedVersion: await reportedVersion(engine.kind, baseUrl, signal),
          modelHash: engine.modelIsFile && model !== undefined ? await modelHash(model) : null,
        })
        return measureUndisturbed({
          run: async (repeat) => {
            if (repeat > 0) await resetCache(engine, baseUrl, signal)
            return runLoadInThread({
              target: { baseUrl, model: spec.engine.model },
              workload,
              slo: requestSlo(spec.constraints),
              runSeed: runSeed(number, experiment?.pair ?? null),
              // A measurement repeated on the same engine would find its prompts in the prefix cache.
              attempt: info.attempt + repeat * REPEAT_STRIDE,
              calibration,
              signal,
              onProgress: (figures) => {
                const live = { type: 'experiment.live' as const, experiment: number, figures }
                announceLive(db, tuningId, live).catch(() => undefined)
              },
            })
          },
          watch: () => watchMachine({ devices, key: keyOf(ref), container: container?.id ?? null }),
          readCounters: async () =>
            engine.metricsPath === null ? null : readServerMetrics(`${baseUrl}${engine.metricsPath}`, signal),
          // Of a search for the capacity only the requests of the level shown are known.
          comparable: !('capacity' in workload.load),
          mayRepeat: (repeat, lastMs) =>
            repeat <= repeatDisturbed &&
            !staysDisturbed &&
            performance.now() - startedMs + REPEAT_MARGIN * lastMs < info.startToCloseTimeoutMs,
          onRepeat: (reason) => announceRepeat(db, tuningId, number, reason),
        })
      })
      staysDisturbed = measured.disturbed
      await recordCircumstances(ref, measured)
      const { measurement, records } = measured.result
      const outcomes = Object.entries(measurement.outcomes)
      if (outcomes.length > 0 && measurement.outcomes.ok === undefined) {
        const counts = outcomes.map(([outcome, count]) => `${count} ${outcome}`).join(', ')
        throw configurationFailed({
          ...plainDiagnosis(
            'overloaded',
            `no request succeeded: ${counts}`,
            'Lower the load, or raise requestTimeout.',
          ),
          logTail: (await engineLogTail(runtimeOf(spec), keyOf(ref))).slice(-40),
        })
      }
      await saveRequestRecords(
        db,
        tuningId,
        number,
        gzipSync(records.map((record) => `${JSON.stringify(record)}\n`).join('')),
      )
      return measurement
    },

    /** Stops the engine and keeps the rest of its log. Returns when its process is gone. */
    async stopEngine(ref: EngineStartRef): Promise<void> {
      await whileAlive(async () => {
        const runtime = runtimeOf(await specOf(ref.tuningId))
        await keepEngineLog(db, runtime, keyOf(ref), ref, { partialLine: true })
        await runtime.stop(keyOf(ref))
      })
    },
  }
}

export type EngineActivities = ReturnType<typeof createEngineActivities>

/** Shows that the activity is alive for as long as its work takes. */
async function whileAlive<Result>(work: () => Promise<Result>): Promise<Result> {
  const { heartbeat } = Context.current()
  const pulse = setInterval(heartbeat, PULSE_MS)
  try {
    return await work()
  } finally {
    clearInterval(pulse)
  }
}

/** Trouble of the host may pass, or spare another host; all else is the configuration's result. */
function startFailed(diagnosis: Diagnosis): ApplicationFailure {
  return diagnosis.kind === 'infrastructure' ? engineLost(diagnosis) : configurationFailed(diagnosis)
}

/** Both runs of a confirmation pair get the same prompts, every other run its own. */
function runSeed(number: number, pair: number | null): number {
  return pair === null ? number : 1_000_000 + pair
}

/** Empties the engine's prefix cache of what warmed it up, where it can; prompts differ in any case. */
async function resetCache(
  { resetCache: reset }: Engine,
  baseUrl: string,
  signal: AbortSignal,
): Promise<void> {
  if (reset === null) return
  try {
    const response = await fetch(`${baseUrl}${reset.path}`, {
      method: reset.method,
      signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
    })
    await response.body?.cancel()
  } catch {
    signal.throwIfAborted()
  }
}

async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted()
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]) })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}

/** What the load generator could not get past, as a result of the configuration; anything else as it is, to be retried. */
function asFailure(error: unknown, logTail: string[]): unknown {
  if (error instanceof EndpointRefusedError) {
    return configurationFailed({
      ...plainDiagnosis(
        'requests_rejected',
        `the engine rejects the workload's requests: ${error.message}`,
        'Compare the prompt and output lengths with the context per slot (ctx_size / parallel).',
      ),
      logTail: logTail.slice(-40),
    })
  }
  if (error instanceof EndpointUnreachableError) {
    return configurationFailed({
      ...plainDiagnosis('overloaded', error.message, 'See the log.'),
      logTail: logTail.slice(-40),
    })
  }
  return error
}
