import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import type { TuningEvent } from '../../client/client.ts'
import { followTuning } from '../../client/follow.ts'
import { ExperimentStage } from '../../domain/experiment.ts'
import { statOf } from '../../runtimes/process-table.ts'
import { api, engineProcesses, quickRequest, serviceProcesses, type TestService } from '../service.ts'

/** What is hit: a part of the service, the engine, or the worker with all of its engines. */
export const TARGETS = ['worker', 'api', 'temporal', 'postgres', 'engine', 'host'] as const
export type Target = (typeof TARGETS)[number]
export type Stage = ExperimentStage

/** The stages of an experiment in which a fault is tried. */
export const STAGES = ExperimentStage.options.filter((stage) => stage !== 'done')

export interface FaultRow {
  fault: string
  stage: Stage
  /** When it struck after the stage began, in ms. */
  afterMs: number
  /** From the fault, or the end of the pause, until the tuning went on. */
  recoveryS: number
  /** From the fault until the tuning was completed. */
  totalS: number
}

/** The experiment that is hit; the one before it shows that all was well. */
const VICTIM = 1
const PAUSE_MS = 60_000

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

function pidsOf(service: TestService, target: Target): number[] {
  const engines = engineProcesses(service.home).map(({ pid }) => pid)
  const parts = serviceProcesses(service.home)
    .map(({ pid }) => ({ pid, command: commandLine(pid) }))
    .filter(({ pid }) => !engines.includes(pid))
  const ours = (name: string) =>
    parts.filter(({ command }) => command.trimEnd().endsWith(`redline.mjs ${name}`))
  const pids = (processes: { pid: number }[]) => processes.map(({ pid }) => pid)
  switch (target) {
    case 'engine':
      return engines
    case 'host':
      return [...pids(ours('worker')), ...engines]
    case 'worker':
    case 'api':
      return pids(ours(target))
    case 'temporal':
      return pids(parts.filter(({ command }) => /temporal.* server start-dev/.test(command)))
    case 'postgres':
      return withChildren(pids(parts.filter(({ command }) => command.includes('postgres'))))
  }
}

/** PostgreSQL's own processes write their titles over what marks them as the service's. */
function withChildren(pids: number[]): number[] {
  const children = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pids.includes(Number(statOf(pid)[1])))
  return [...pids, ...children]
}

function signalAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It ended a moment before.
    }
  }
}

const inStage = (event: TuningEvent['event'], stage: Stage): boolean => {
  if (stage === 'waiting') return event.type === 'experiment.planned' && event.experiment === VICTIM
  if (stage === 'stopping') return event.type === 'experiment.finished' && event.experiment === VICTIM
  return event.type === 'experiment.stage' && event.experiment === VICTIM && event.stage === stage
}

/**
 * Runs a tuning, strikes when its experiment 1 enters a stage, and checks that everything came right: ended as it
 * should, each experiment once, no lease, no engine, and every event once and in order at a client that watched.
 */
export async function strike(
  service: TestService,
  { target, stage, pause }: { target: Target; stage: Stage; pause: boolean },
): Promise<FaultRow> {
  const calls = api(service)
  const request = quickRequest({
    name: `${target} ${pause ? 'paused' : 'killed'} while ${stage}`,
    budget: { experiments: 2 },
    // Two at a time on one device: the second waits for it.
    parallelism: stage === 'waiting' ? 2 : 1,
  })
  request.workload.duration = '1s'
  const { id } = await calls.start(request)

  const seen: TuningEvent[] = []
  let struckAtMs: number | null = null
  let wentOnAtMs: number | null = null
  const entered = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  followTuning(service.url, id, {
    onEvent(event) {
      seen.push(event)
      if (struckAtMs !== null) wentOnAtMs ??= performance.now()
      if (inStage(event.event, stage)) entered.resolve()
    },
    onLive: () => undefined,
    onEnd: () => ended.resolve(),
  })

  await entered.promise
  const afterMs = Math.round(Math.random() * (stage === 'measuring' ? 900 : 30))
  await setTimeout(afterMs)
  // An engine that is being started has no process yet.
  await expect.poll(() => pidsOf(service, target), { interval: 5 }).not.toEqual([])
  const pids = pidsOf(service, target)
  const hitAtMs = performance.now()
  if (pause) {
    signalAll(pids, 'SIGSTOP')
    await setTimeout(PAUSE_MS)
    signalAll(pids, 'SIGCONT')
  } else signalAll(pids, 'SIGKILL')
  struckAtMs = performance.now()
  const pausedMs = struckAtMs - hitAtMs
  await ended.promise
  const endedAtMs = performance.now()

  const tuning = await calls.read(id)
  expect(tuning).toMatchObject({ state: 'completed', experiments: { completed: 3, failed: 0 } })
  const experiments = await calls.experiments(id)
  expect(experiments.map(({ number, state, stage: at }) => [number, state, at])).toEqual(
    [0, 1, 2].map((number) => [number, 'completed', 'done']),
  )
  expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1))
  expect(seen.at(-1)?.seq).toBe(tuning.lastEvent)
  const finished = seen.flatMap(({ event }) =>
    event.type === 'experiment.finished' ? [event.experiment] : [],
  )
  expect(finished.toSorted()).toEqual([0, 1, 2])
  await expect.poll(() => leasesOf(service, id)).toEqual([])
  await expect.poll(() => engineProcesses(service.home)).toEqual([])

  return {
    fault: `${target} ${pause ? 'paused 60 s' : 'kill -9'}`,
    stage,
    afterMs,
    recoveryS: ((wentOnAtMs ?? endedAtMs) - struckAtMs) / 1000,
    totalS: (endedAtMs - struckAtMs + pausedMs) / 1000,
  }
}

async function leasesOf(service: TestService, id: string): Promise<unknown[]> {
  const fleet = (await (await fetch(`${service.url}/api/v1/hosts`)).json()) as {
    held: { tuningId: string }[]
    queue: { tuningId: string }[]
  }
  return [...fleet.held, ...fleet.queue].filter(({ tuningId }) => tuningId === id)
}

/** Writes the faults as a table. */
export function faultTable(rows: FaultRow[]): string {
  const head = ['fault', 'stage', 'after ms', 'recovery s', 'total s']
  const cells = rows.map(({ fault, stage, afterMs, recoveryS, totalS }) => [
    fault,
    stage,
    String(afterMs),
    recoveryS.toFixed(1),
    totalS.toFixed(1),
  ])
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  )
  return [head, ...cells]
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .join('\n')
}
