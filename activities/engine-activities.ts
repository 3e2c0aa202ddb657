import { Context } from '@temporalio/activity'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { setTimeout } from 'node:timers/promises'
import type { Database } from '../database/connect.ts'
import { announceLive } from '../database/events.ts'
import { findExperiment, saveConditions } from '../database/experiments.ts'
import { hasUsers } from '../database/users.ts'
import { forbidden, forbiddenParameters, type Allowed } from '../domain/allowed.ts'
import type { Vault } from '../database/vault.ts'
import type { Device } from '../domain/device.ts'
import type { Diagnosis } from '../domain/diagnosis.ts'
import { plainDiagnosis } from '../domain/plain-diagnosis.ts'
import { formatDuration } from '../domain/duration.ts'
import type { EngineParameter } from '../domain/engine-parameter.ts'
import type { Network } from '../domain/network.ts'
import type { Configuration } from '../domain/parameter.ts'
import { runsAlready } from '../domain/runtime.ts'
import type { TuningSpec } from '../domain/tuning.ts'
import { askEngine } from '../engines/ask.ts'
import { configurationCommand } from '../engines/command.ts'
import { ENGINES } from '../engines/index.ts'
import { ENDPOINT_KEY } from '../engines/endpoint-key.ts'
import { modelHash } from '../engines/model-hash.ts'
import { programCommand, programEnvironment } from '../engines/program.ts'
import type { Runtimes } from '../runtimes/index.ts'
import { StartError, type StartRequest } from '../runtimes/runtime.ts'
import { datasetTrouble } from './dataset-check.ts'
import { configurationFailed, engineLost } from './failures.ts'
import { RunningEngine, whileAlive, type EngineStartRef } from './running-engine.ts'
import { runSeed } from './run-seed.ts'
import { foreseenFailure } from './start-checks.ts'

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
  /** Opens the secrets of engines. */
  vault: Vault
  /** What tunings may run on this host. */
  allowed: Allowed
  /** The private networks that endpoints may be in; without users they may be anywhere. */
  privateNetworks: readonly Network[]
}

const ALLOWED_ADVICE = 'REDLINE_ALLOWED_IMAGES, _PROGRAMS and _VARIABLES of the host say what may run.'
const READINESS_POLL_MS = 200
/** A model may take minutes to load; an engine that is not ready by then never will be. */
const READY_WITHIN_MS = 20 * 60_000

/** What an endpoint answers that is up and lists no models. */
const LISTS_NO_MODELS = [404, 405]
const WANTS_KEY = [401, 403]

/** Activities that start and stop engines on this host. */
export function createEngineActivities({
  db,
  runtimes,
  host,
  engines,
  models,
  vault,
  allowed,
  privateNetworks,
}: EngineActivityDependencies) {
  return {
    /** Starts the engine of an experiment, or finds the one that an earlier try of this activity started. */
    async startEngine(ref: EngineStartRef, devices: Device[]): Promise<void> {
      const running = await RunningEngine.of({ db, runtimes, vault }, ref)
      await running.enter('starting')
      const { spec, runtime, key } = running
      const experiment = await findExperiment(db, ref.tuningId, ref.number)
      if (experiment === null)
        throw ApplicationFailure.nonRetryable('the experiment was deleted', 'TuningDeleted')
      // Asked again here: the lists may have changed since, and Temporal and Postgres have other ways in.
      const [refused] = [
        ...forbidden(spec, allowed),
        ...forbiddenParameters(experiment.configuration, ['configuration'], allowed),
      ]
      if (refused !== undefined)
        throw startFailed(plainDiagnosis('not_allowed', refused.message, ALLOWED_ADVICE))
      const engine = ENGINES[spec.engine.kind]
      const needsProgram =
        engine.program !== null && (spec.runtime.kind === 'process' || spec.runtime.kind === 'command')
      const installed = needsProgram ? engines[spec.engine.kind] : undefined
      const model = models[spec.engine.model] ?? spec.engine.model
      const readsModel = engine.modelIsFile && !runsAlready(spec)
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
      // Found now, not once a model has been loaded for minutes.
      const unreadable = programCommand(spec.engine) === null ? await datasetTrouble(spec.workload) : null
      if (unreadable !== null) throw startFailed(unreadable)
      const { program, args, env } = commandOf(spec, {
        model,
        configuration,
        installed,
        seed: runSeed(ref.number, experiment.pair),
      })
      const reachable = (await hasUsers(db)) ? privateNetworks : null
      const { cancellationSignal: signal } = Context.current()
      try {
        const { command, container } = await whileAlive(() =>
          runtime.start({
            key,
            spec: spec.runtime,
            program,
            args,
            env: { ...spec.engine.env, ...env },
            devices,
            files: readsModel ? [model] : [],
            privateNetworks: reachable,
            onProgress: (text) => {
              const live = { type: 'experiment.starting' as const, experiment: ref.number, text }
              announceLive(db, ref.tuningId, live).catch(() => undefined)
            },
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
        if (readsModel) void modelHash(model)
      } catch (error) {
        if (signal.aborted) throw new CancelledFailure('cancelled while the engine was started')
        if (!(error instanceof StartError)) throw error
        throw startFailed(plainDiagnosis(error.kind, error.message, error.advice))
      }
    },

    /** Waits until the engine answers its readiness probe. An engine that ends instead is diagnosed. */
    async awaitReady(ref: EngineStartRef): Promise<void> {
      const running = await RunningEngine.of({ db, runtimes, vault }, ref)
      await running.enter('loading')
      if (programCommand(running.spec.engine) !== null) return
      const { readinessPath, diagnoseSlowStart } = ENGINES[running.spec.engine.kind]
      const instance = await running.instance()
      const deadlineMs = Context.current().info.scheduledTimestampMs + READY_WITHIN_MS
      await running.whileItRuns(async (signal) => {
        for (;;) {
          const answer = await askEngine(instance, readinessPath, { signal })
          if (answer?.ok === true) return
          if (answer !== null && runsAlready(running.spec)) {
            if (LISTS_NO_MODELS.includes(answer.status)) return
            if (WANTS_KEY.includes(answer.status)) throw configurationFailed(keyWanted(instance.baseUrl))
          }
          if (Date.now() > deadlineMs)
            throw configurationFailed(
              diagnoseSlowStart(formatDuration(READY_WITHIN_MS), await running.logTail()),
            )
          await setTimeout(READINESS_POLL_MS)
          await running.instance()
        }
      })
    },

    /** Stops the engine and keeps the rest of its log. Returns when its process is gone. */
    async stopEngine(ref: EngineStartRef): Promise<void> {
      await whileAlive(async () => {
        const running = await RunningEngine.of({ db, runtimes, vault }, ref)
        await running.keepLog({ partialLine: true })
        await running.runtime.stop(running.key)
      })
    },
  }
}

export type EngineActivities = ReturnType<typeof createEngineActivities>

/** What is executed: the engine with a configuration, or the user's own program, which is told of it. */
function commandOf(
  spec: TuningSpec,
  start: {
    model: string
    configuration: Configuration
    installed: InstalledEngine | undefined
    seed: number
  },
): Pick<StartRequest, 'program' | 'args' | 'env'> {
  const { model, configuration, installed, seed } = start
  const own = programCommand(spec.engine)
  if (own !== null) {
    const [program, ...args] = own
    return { program, args: () => args, env: programEnvironment(spec, configuration, seed) }
  }
  const engine = ENGINES[spec.engine.kind]
  const { parameters } = installed ?? {}
  const named = 'program' in spec.runtime ? spec.runtime.program : undefined
  return {
    program: named ?? installed?.path ?? null,
    args: (place) =>
      engine.args({ model, servedName: spec.engine.model, configuration, parameters, ...place }),
    env: configurationCommand(engine, configuration, parameters).env,
  }
}

function keyWanted(url: string): Diagnosis {
  return plainDiagnosis(
    'login_required',
    `${url} wants a key, or another one`,
    `Give it as the variable ${ENDPOINT_KEY} of the engine (engine.env).`,
  )
}

/** Trouble of the host may pass, or spare another host; all else is the configuration's result. */
function startFailed(diagnosis: Diagnosis): ApplicationFailure {
  return diagnosis.kind === 'infrastructure' ? engineLost(diagnosis) : configurationFailed(diagnosis)
}
