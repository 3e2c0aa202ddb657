import type { Client } from '@temporalio/client'
import { fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { cpus, loadavg, totalmem } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { migrate, openDatabase, type Database } from '../database/connect.ts'
import { createTuning } from '../database/tunings.ts'
import { TASK_QUEUE, tuningWorkflowId } from '../domain/temporal-names.ts'
import { TuningSpec } from '../domain/tuning.ts'
import { registerSearchAttributes, temporalClient } from '../temporal/connection.ts'
import { startTuning } from '../temporal/tunings.ts'
import type { bareTuning } from './bare-workflows.ts'
import { startBenchServers } from './orchestration-servers.ts'

// What Redline's orchestration costs when engines and measurements take no time, beside bare Temporal workflows with as
// many activities on the same server: time per experiment, history, memory, and many tunings at once.

const Flags = z.object({
  rounds: z.coerce.number().int().min(1),
  experiments: z.coerce.number().int().min(1),
  tunings: z.coerce.number().int().min(0),
  temporal: z.enum(['dev', 'postgres']),
})
const flags = Flags.parse(
  parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      experiments: { type: 'string', default: '128' },
      tunings: { type: 'string', default: '1000' },
      temporal: { type: 'string', default: 'dev' },
    },
  }).values,
)

const BARE = 'bare'
const PARALLEL = [1, 16, 64]
/** Experiments that are tried one after the other; more would take long and say no more. */
const IN_SEQUENCE = 16
const STALLED_AFTER_MS = 180_000

const Usage = z.object({ rssMib: z.number(), peakMib: z.number(), cpuMs: z.number() })

/** Runs one tuning of so many experiments and returns the id of its workflow. */
type RunTuning = (count: number, parallelism: number) => Promise<string>

const servers = await startBenchServers(BARE, flags.temporal)
const clientOf = (namespace: string) =>
  temporalClient({ address: servers.temporalAddress, namespace, env: {} })
const client = clientOf('default')
const bareClient = clientOf(BARE)
const db = openDatabase(servers.databaseUrl)
const workers: ChildProcess[] = []
const interrupted = once(process, 'SIGINT').then(() => Promise.reject(new Error('interrupted')))
try {
  await Promise.race([measureAll(), interrupted])
} finally {
  for (const worker of workers) worker.kill('SIGKILL')
  await db.destroy()
  await client.connection.close()
  await bareClient.connection.close()
  await servers.stop()
}

async function measureAll(): Promise<void> {
  await untilReachable(client)
  await untilReachable(bareClient)
  await registerSearchAttributes(client, 'default')
  await migrate(db)
  const redline = await startWorker('redline')
  const bare = await startWorker('bare')
  describeMachine()
  // Nobody's first experiments count: code is compiled, caches fill.
  await runRedline(8, 4)
  await runBare(8, 4)
  await compare({ redline, bare })
  await describeMemory('after these', { redline, bare })
  if (flags.tunings > 0) {
    await manyAtOnce(flags.tunings)
    await describeMemory(`after ${flags.tunings} tunings at once`, { redline, bare })
  }
}

/** Measures both, in turn, at each parallelism, and prints medians with their range. */
async function compare({ redline, bare }: { redline: ChildProcess; bare: ChildProcess }): Promise<void> {
  print(
    `\nms per experiment, and ms of the worker's processor time: median (lowest to highest) of ${flags.rounds} rounds, both in each round\n`,
  )
  const rows = [
    ['parallel', 'experiments', 'redline', 'bare', 'ratio', 'redline /s', 'bare /s'].concat(
      'redline CPU',
      'bare CPU',
    ),
  ]
  let last: { redline: string; bare: string; count: number } | null = null
  for (const parallelism of PARALLEL) {
    const count = parallelism === 1 ? Math.min(IN_SEQUENCE, flags.experiments) : flags.experiments
    const ours: Timing[] = []
    const theirs: Timing[] = []
    for (let round = 0; round < flags.rounds; round++) {
      ours.push(await timed(redline, runRedline, count, parallelism))
      theirs.push(await timed(bare, runBare, count, parallelism))
    }
    last = { redline: ours.at(-1)?.workflowId ?? '', bare: theirs.at(-1)?.workflowId ?? '', count }
    const ratios = ours.map(({ elapsedMs }, round) => elapsedMs / (theirs[round]?.elapsedMs ?? NaN))
    const elapsed = (timings: Timing[]) => timings.map(({ elapsedMs }) => elapsedMs)
    const cpu = (timings: Timing[]) => timings.map(({ cpuMs }) => cpuMs)
    const perSecond = (timings: Timing[]) => (1000 / median(elapsed(timings))).toFixed(1)
    rows.push([
      String(parallelism),
      String(count),
      spread(elapsed(ours), 0),
      spread(elapsed(theirs), 0),
      spread(ratios, 2),
      perSecond(ours),
      perSecond(theirs),
      spread(cpu(ours), 0),
      spread(cpu(theirs), 0),
    ])
  }
  print(table(rows))
  if (last !== null) await describeHistory(last)
}

interface Timing {
  workflowId: string
  /** Per experiment, in ms. */
  elapsedMs: number
  /** Processor time of the worker per experiment, in ms. */
  cpuMs: number
}

async function timed(
  worker: ChildProcess,
  run: RunTuning,
  count: number,
  parallelism: number,
): Promise<Timing> {
  const before = await usageOf(worker)
  const startedMs = performance.now()
  const workflowId = await run(count, parallelism)
  const elapsedMs = (performance.now() - startedMs) / count
  return { workflowId, elapsedMs, cpuMs: ((await usageOf(worker)).cpuMs - before.cpuMs) / count }
}

/** A tuning's last state is recorded by its last activity: its workflow ends right after. */
async function runRedline(count: number, parallelism: number): Promise<string> {
  const id = await createOne(count - 1, parallelism)
  await startTuning(client, { id, engine: 'llama.cpp', model: 'none', owner: null })
  await client.workflow.getHandle(tuningWorkflowId(id)).result()
  return tuningWorkflowId(id)
}

async function runBare(count: number, parallelism: number): Promise<string> {
  const workflowId = `bare-${randomBytes(6).toString('hex')}`
  const args: Parameters<typeof bareTuning> = ['bench', count, parallelism]
  await bareClient.workflow.execute<typeof bareTuning>('bareTuning', {
    workflowId,
    taskQueue: TASK_QUEUE,
    args,
  })
  return workflowId
}

/** Stores a tuning of the baseline and so many experiments after it. */
async function createOne(experiments: number, parallelism: number): Promise<string> {
  const id = randomBytes(6).toString('hex')
  const spec = TuningSpec.parse({
    name: 'bench',
    engine: { kind: 'llama.cpp', model: 'none' },
    workload: {
      prompts: { synthetic: { inputTokens: 16, outputTokens: 4 } },
      load: { concurrency: 1 },
      duration: '100ms',
      warmup: '50ms',
    },
    objective: { maximize: 'output_tokens_per_second' },
    space: {
      parallel: { type: 'integer', low: 1, high: 256 },
      ubatch_size: { type: 'integer', low: 32, high: 4096 },
    },
    // What a suggestion costs is no part of orchestration: bench/search-times.ts has it.
    search: 'random',
    budget: { experiments },
    confirmation: { pairs: 0 },
    parallelism,
  })
  await createTuning(db, { id, spec, idempotencyKey: null })
  return id
}

/** History of the last tunings, per experiment: its own workflow's, and its share of the tuning's. */
async function describeHistory(last: { redline: string; bare: string; count: number }): Promise<void> {
  const lengthOf = async (of: Client, workflowId: string) => {
    const { historyLength, historySize = 0 } = await of.workflow.getHandle(workflowId).describe()
    return { events: historyLength, bytes: historySize }
  }
  const row = async (name: string, of: Client, workflowId: string) => {
    const own = await lengthOf(of, `${workflowId}/experiment-1`)
    const tuning = await lengthOf(of, workflowId)
    const share = { events: tuning.events / last.count, bytes: tuning.bytes / last.count }
    return [name, own.events, own.bytes, share.events, share.bytes].map((cell) =>
      typeof cell === 'number' ? cell.toFixed(0) : cell,
    )
  }
  print('\nhistory per experiment\n')
  print(
    table([
      ['', 'events', 'bytes', "tuning's events", "tuning's bytes"],
      await row('redline', client, last.redline),
      await row('bare', bareClient, last.bare),
    ]),
  )
}

/** Starts tunings of two experiments all at once and checks that each is whole when all are over. */
async function manyAtOnce(count: number): Promise<void> {
  const ids = await Promise.all(Array.from({ length: count }, () => createOne(1, 1)))
  const startedMs = performance.now()
  await Promise.all(
    ids.map((id) => startTuning(client, { id, engine: 'llama.cpp', model: 'none', owner: null })),
  )
  const allStartedMs = performance.now()
  await untilAllEnded(db, ids)
  const seconds = (performance.now() - startedMs) / 1000
  const lost = await lostOf(db, ids)
  print(
    `\n${count} tunings of 2 experiments at once on 64 devices: ${seconds.toFixed(0)} s ` +
      `(started within ${((allStartedMs - startedMs) / 1000).toFixed(0)} s), ` +
      `${((2 * count) / seconds).toFixed(1)} experiments/s; ${lost}\n`,
  )
}

/** Waits until no tuning is open; throws when for long nothing has happened in any. */
async function untilAllEnded(database: Database, ids: string[]): Promise<void> {
  let eventsBefore = -1
  let progressMs = performance.now()
  for (;;) {
    const { open, events } = await database
      .selectFrom('tunings')
      .select((eb) => [
        eb.fn
          .countAll<number>()
          .filterWhere('state', 'not in', ['completed', 'failed', 'cancelled'])
          .as('open'),
        eb.fn.sum<number>('last_seq').as('events'),
      ])
      .where('id', 'in', ids)
      .executeTakeFirstOrThrow()
    if (open === 0) return
    if (events !== eventsBefore) progressMs = performance.now()
    eventsBefore = events
    if (performance.now() - progressMs > STALLED_AFTER_MS) throw new Error(`${open} tunings do not end`)
    await setTimeout(500)
  }
}

/** Says what is missing of tunings that ended: states, experiments, events, leases. */
async function lostOf(database: Database, ids: string[]): Promise<string> {
  const tunings = await database
    .selectFrom('tunings')
    .select(['state', 'completed_count', 'last_seq'])
    .where('id', 'in', ids)
    .execute()
  const whole = tunings.filter((tuning) => tuning.state === 'completed' && tuning.completed_count === 2)
  const events = await database
    .selectFrom('events')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('tuning_id', 'in', ids)
    .executeTakeFirstOrThrow()
  const experiments = await database
    .selectFrom('experiments')
    .select(['attempt', 'stage'])
    .where('tuning_id', 'in', ids)
    .execute()
  const once = experiments.filter(({ attempt, stage }) => attempt === 1 && stage === 'done')
  const wanted = tunings.reduce((sum, { last_seq }) => sum + last_seq, 0)
  return `${whole.length} completed whole, ${once.length} experiments once, ${events.count} of ${wanted} events`
}

async function startWorker(kind: 'redline' | 'bare'): Promise<ChildProcess> {
  const worker = fork(new URL('orchestration-worker.ts', import.meta.url), [kind], {
    env: {
      ...process.env,
      DATABASE_URL: servers.databaseUrl,
      TEMPORAL_ADDRESS: servers.temporalAddress,
      TEMPORAL_NAMESPACE: kind === 'bare' ? BARE : 'default',
    },
  })
  workers.push(worker)
  await Promise.race([
    once(worker, 'message'),
    once(worker, 'exit').then(() => Promise.reject(new Error(`the ${kind} worker ended`))),
  ])
  return worker
}

async function usageOf(worker: ChildProcess): Promise<z.infer<typeof Usage>> {
  worker.send('usage')
  const answer: unknown[] = await once(worker, 'message')
  return Usage.parse(answer[0])
}

async function describeMemory(when: string, asked: Record<string, ChildProcess>): Promise<void> {
  for (const [name, worker] of Object.entries(asked)) {
    const { rssMib, peakMib } = await usageOf(worker)
    print(
      `\nmemory of the ${name} worker ${when}: ${rssMib.toFixed(0)} MiB, at most ${peakMib.toFixed(0)} MiB`,
    )
  }
  print('\n')
}

async function untilReachable(wanted: Client): Promise<void> {
  const { namespace } = wanted.options
  for (let tries = 0; ; tries++) {
    try {
      await wanted.workflowService.describeNamespace({ namespace })
      return
    } catch (error) {
      if (tries === 300) throw error
      await setTimeout(100)
    }
  }
}

function describeMachine(): void {
  const [cpu] = cpus()
  const versions = Object.entries(servers.versions).map(([name, version]) => `${name} ${version ?? '?'}`)
  print(`${new Date().toISOString()}\n`)
  print(
    `${cpus().length} cores of ${cpu?.model ?? '?'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ` +
      `load ${loadavg()[0]?.toFixed(1)} before\nnode ${process.version}, ${versions.join(', ')}\n`,
  )
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}

/** Writes the median with the lowest and the highest value. */
function spread(values: number[], digits: number): string {
  const [low, mid, high] = [Math.min(...values), median(values), Math.max(...values)]
  return `${mid.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`
}

/** Writes rows as Markdown, the first as head. */
function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`
  const [head = [], ...rest] = rows
  return line(head) + line(widths.map((width) => '-'.repeat(width))) + rest.map(line).join('')
}

function print(text: string): void {
  process.stdout.write(text)
}
