import { Context } from '@temporalio/activity'
import { gzipSync } from 'node:zlib'
import { saveRequestRecords } from '../database/artifacts.ts'
import type { Database } from '../database/connect.ts'
import { announceLive } from '../database/events.ts'
import { addConditions, announceRepeat, findExperiment } from '../database/experiments.ts'
import { listHosts } from '../database/hosts.ts'
import type { Vault } from '../database/vault.ts'
import { parsedConstraints, requestSlo } from '../domain/constraint.ts'
import type { CutLimits } from '../domain/cut-short.ts'
import type { Device } from '../domain/device.ts'
import type { LiveFigures, Measurement } from '../domain/measurement.ts'
import { objectiveMetric, type TuningSpec } from '../domain/tuning.ts'
import { askEngine, type EnginePlace } from '../engines/ask.ts'
import type { Engine } from '../engines/engine.ts'
import { ENGINES } from '../engines/index.ts'
import { programCommand } from '../engines/program.ts'
import { modelHash } from '../engines/model-hash.ts'
import { workloadOf } from '../engines/openai.ts'
import { reportedVersion } from '../engines/reported-version.ts'
import { readServerMetrics } from '../engines/server-metrics.ts'
import { calibratePrompts, type PromptCalibration } from '../loadgen/calibrate.ts'
import type { Target } from '../loadgen/endpoint.ts'
import { runLoadInThread, type ThreadRunOptions } from '../loadgen/thread.ts'
import { threadsFor } from '../loadgen/threads-for.ts'
import { calibrateByTokenizer } from '../loadgen/tokenizer-endpoint.ts'
import { warmUp } from '../loadgen/warm-up.ts'
import type { Runtimes } from '../runtimes/index.ts'
import { watchMachine } from '../runtimes/machine-watch.ts'
import { measureLevels } from './measure-levels.ts'
import { measureUndisturbed } from './measure-undisturbed.ts'
import { programMeasurement } from './program-measurement.ts'
import { runSeed } from './run-seed.ts'
import { RunningEngine, type EngineStartRef } from './running-engine.ts'
import { traceHeaders } from './trace-headers.ts'

export interface LoadActivityDependencies {
  db: Database
  runtimes: Runtimes
  /** Opens the secrets of engines. */
  vault: Vault
  host: string
  /** How often a measurement that was disturbed from outside is repeated on the same engine. */
  repeatDisturbed: number
}

/** Of a program that sends its own load. */
const UNCALIBRATED: PromptCalibration = { tokensPerWord: 1, overheadTokens: 0, measured: false }

/** Of attempts that differ by less than this, each repetition on the same engine gets words of its own. */
const REPEAT_STRIDE = 1_000_000
/** Repetitions stop while this much more than the last one took is left of the activity's time. */
const REPEAT_MARGIN = 1.5

/** Activities that drive this host's engines with load. */
export function createLoadActivities({
  db,
  runtimes,
  vault,
  host,
  repeatDisturbed,
}: LoadActivityDependencies) {
  /** The last measurement stayed disturbed: repeating every one after it would only take three times as long. */
  let staysDisturbed = false

  async function devicesById(held: readonly string[]): Promise<Device[]> {
    const own = (await listHosts(db)).find(({ name }) => name === host)
    return (own?.devices ?? []).filter(({ id }) => held.includes(id))
  }

  return {
    /** Calibrates the prompts and sends load that enters no figure. */
    async warmUp(ref: EngineStartRef): Promise<PromptCalibration> {
      const running = await RunningEngine.of({ db, runtimes, vault }, ref)
      await running.enter('warming')
      const { spec } = running
      if (programCommand(spec.engine) !== null) return UNCALIBRATED
      const instance = await running.instance()
      const target = targetOf(instance, spec)
      const experiment = await findExperiment(db, ref.tuningId, ref.number)
      const workload = workloadOf(spec, experiment?.configuration ?? {})
      return running.whileItRuns(async (signal) => {
        const calibration =
          (await calibrateByTokenizer(target, workload.endpoint, signal)) ??
          (await calibratePrompts(target, workload, signal))
        await warmUp({
          target,
          workload,
          calibration,
          runSeed: runSeed(ref.number, null),
          attempt: Context.current().info.attempt,
          signal,
        })
        await resetCache(ENGINES[spec.engine.kind], instance, signal)
        return calibration
      })
    },

    /** Drives the engine with the workload, keeps every request's record and returns the figures. */
    async measure(ref: EngineStartRef, calibration: PromptCalibration): Promise<Measurement> {
      const running = await RunningEngine.of({ db, runtimes, vault }, ref)
      await running.enter('measuring')
      const { tuningId, number } = ref
      const { spec, key } = running
      if (programCommand(spec.engine) !== null) return programMeasurement(running)
      const engine = ENGINES[spec.engine.kind]
      const { metrics } = engine
      const instance = await running.instance()
      const experiment = await findExperiment(db, tuningId, number)
      const devices = await devicesById(experiment?.conditions?.devices ?? [])
      const model = experiment?.conditions?.model
      const workload = workloadOf(spec, experiment?.configuration ?? {})
      const { info } = Context.current()
      const startedMs = performance.now()

      const onProgress = (figures: LiveFigures) => {
        announceLive(db, tuningId, { type: 'experiment.live', experiment: number, figures }).catch(
          () => undefined,
        )
      }
      const measureAt = async (load: ThreadRunOptions, signal: AbortSignal, at?: string) => {
        const measured = await measureUndisturbed({
          run: async (repeat) => {
            if (repeat > 0) await resetCache(engine, instance, signal)
            // A measurement repeated on the same engine would find its prompts in the prefix cache.
            return runLoadInThread({ ...load, attempt: (load.attempt ?? 0) + repeat * REPEAT_STRIDE })
          },
          watch: () => watchMachine({ devices, key, container: instance.container?.id ?? null }),
          counters: metrics && {
            names: metrics.counters,
            read: () => readServerMetrics(instance, metrics.path, signal),
          },
          mayRepeat: (repeat, lastMs) =>
            repeat <= repeatDisturbed &&
            !staysDisturbed &&
            performance.now() - startedMs + REPEAT_MARGIN * lastMs < info.startToCloseTimeoutMs,
          onRepeat: (reason) => announceRepeat(db, tuningId, number, told(reason, at)),
        })
        staysDisturbed = measured.disturbed
        return { ...measured, repeats: measured.repeats.map((reason) => told(reason, at)) }
      }

      const measured = await running.whileItRuns(async (signal) => {
        await addConditions(db, tuningId, number, {
          reportedVersion: await reportedVersion(engine, instance, signal),
          modelHash: engine.modelIsFile && model !== undefined ? await modelHash(model) : null,
        })
        const load: ThreadRunOptions = {
          target: targetOf(instance, spec),
          workload,
          slo: requestSlo(spec.constraints),
          runSeed: runSeed(number, experiment?.pair ?? null),
          attempt: info.attempt,
          calibration,
          threads: threadsFor(workload.load),
          limits: cutLimits(spec, experiment?.hurdle ?? null),
          signal,
          onProgress,
        }
        return 'capacity' in workload.load
          ? measureLevels(load, (level, at) => measureAt(level, signal, at))
          : measureAt(load, signal)
      })
      const { machine, server, repeats } = measured
      await addConditions(db, tuningId, number, { machine, server, repeats })
      const { measurement, records } = measured.result
      const outcomes = Object.entries(measurement.outcomes)
      if (outcomes.length > 0 && measurement.outcomes.ok === undefined) {
        const counts = outcomes.map(([outcome, count]) => `${count} ${outcome}`).join(', ')
        throw await running.failed(
          'overloaded',
          `no request succeeded: ${counts}`,
          'Lower the load, or raise requestTimeout.',
        )
      }
      const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('')
      await saveRequestRecords(db, tuningId, number, gzipSync(running.masked(lines)))
      return measurement
    },
  }
}

export type LoadActivities = ReturnType<typeof createLoadActivities>

/** What a measurement must still be able to meet; undefined for one that is taken to the end. */
function cutLimits({ constraints, objective }: TuningSpec, hurdle: number | null): CutLimits | undefined {
  if (hurdle === null) return undefined
  const { metric, higherIsBetter } = objectiveMetric(objective)
  return {
    constraints: parsedConstraints(constraints),
    hurdle: { metric, op: higherIsBetter ? '>=' : '<=', limit: hurdle },
  }
}

function told(reason: string, at: string | undefined): string {
  return at === undefined ? reason : `${at}: ${reason}`
}

function targetOf({ baseUrl, address, headers }: EnginePlace, { engine }: TuningSpec): Target {
  return {
    baseUrl,
    model: engine.model,
    headers: { ...headers, ...traceHeaders() },
    ...(address === null ? {} : { address }),
  }
}

/** Empties the engine's prefix cache of what warmed it up, where it can; prompts differ in any case. */
async function resetCache(
  { resetCache: reset }: Engine,
  place: EnginePlace,
  signal: AbortSignal,
): Promise<void> {
  if (reset !== null) await askEngine(place, reset.path, { method: reset.method, signal })
}
