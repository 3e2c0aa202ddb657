import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { EngineExit } from '../domain/diagnosis.ts'
import { shellCommand } from '../domain/shell-command.ts'
import { engineEnvironment } from './engine-environment.ts'
import { KeptByKey } from './kept-by-key.ts'
import { boundLog, LOG_MOST_BYTES, readPart } from './log-file.ts'
import { oncePerKey } from './once-per-key.ts'
import { StartError, type Instance, type Runtime, type StartRequest } from './runtime.ts'
import { signalName } from './signal-name.ts'

const run = promisify(execFile)

const POLL_MS = 1000
const ANSWER_WITHIN_MS = 60_000
/** Nobody can look for a free port on a node that is not known yet: each key has its own. */
const PORTS = { first: 20_000, count: 12_000 }

const JobFile = z.object({ id: z.string(), port: z.int(), command: z.array(z.string()) })
type JobFile = z.infer<typeof JobFile>

/** A job as Slurm tells it. */
interface Job {
  state: string
  reason: string
  /** The node that runs the command; null before it began. */
  node: string | null
  exitCode: string
}

const WAITING = ['PENDING', 'CONFIGURING', 'REQUEUED', 'REQUEUE_HOLD', 'RESIZING']
const ACTIVE = [...WAITING, 'RUNNING', 'COMPLETING', 'SUSPENDED', 'STOPPED', 'SIGNALING', 'STAGE_OUT']

export interface SlurmRuntimeOptions {
  /** Jobs' files and logs; a folder that the nodes see too. */
  folder: string
  /** Tells jobs of this folder from those of other services. */
  owner: string
}

/** Runs engines as batch jobs of Slurm, from a host that has its commands. */
export function slurmRuntime({ folder, owner }: SlurmRuntimeOptions): Runtime {
  const prefix = `redline-${createHash('sha256').update(owner).digest('hex').slice(0, 10)}-`
  const logPath = (key: string) => join(folder, `${key}.log`)
  const jobs = new KeptByKey(folder, 'job', JobFile)

  /** Returns the ids of this service's jobs that are not over, by key. */
  async function activeJobs(): Promise<Map<string, string>> {
    const lines = (await slurm('squeue', ['--noheader', '--me', '--format=%i %j'])).trim().split('\n')
    return new Map(
      lines.flatMap((line) => {
        const [id = '', name = ''] = line.trim().split(' ')
        return name.startsWith(prefix) ? [[name.slice(prefix.length), id] as const] : []
      }),
    )
  }

  async function instance(key: string, { id, port, command }: JobFile): Promise<Instance> {
    const job = await readJob(id)
    const running = job !== null && ACTIVE.includes(job.state)
    return {
      key,
      baseUrl: `http://${job?.node ?? 'not-placed'}:${port}`,
      address: null,
      command,
      running,
      exit: job === null || running ? null : exitOf(job),
      container: null,
    }
  }

  async function submit({ key, spec, program, args, env, devices }: StartRequest): Promise<JobFile> {
    if (spec.kind !== 'slurm' || program === null) throw new TypeError('not a start by Slurm')
    await mkdir(folder, { recursive: true })
    const port =
      PORTS.first +
      (createHash('sha256')
        .update(prefix + key)
        .digest()
        .readUInt32BE() %
        PORTS.count)
    const command = [program, ...args({ host: '0.0.0.0', port })]
    // A worker that died after it submitted the job has not written it down.
    const known = (await activeJobs()).get(key)
    if (known === undefined) await rm(logPath(key), { force: true })
    const sbatch = () =>
      slurm(
        'sbatch',
        [
          '--parsable',
          `--job-name=${prefix}${key}`,
          `--output=${logPath(key)}`,
          '--open-mode=append',
          '--no-requeue',
          '--export=ALL',
          ...(spec.gpus && devices.length > 0 ? [`--gpus=${devices.length}`] : []),
          ...spec.options,
        ],
        { stdin: `#!/bin/sh\nexec ${shellCommand(command)}\n`, env: { ...engineEnvironment(), ...env } },
      ).catch(asRefusal)
    // With several clusters it names the job's too.
    const id = known ?? (await sbatch()).trim().split(';')[0] ?? ''
    const job = { id, port, command }
    await jobs.set(key, job)
    return job
  }

  async function start(request: StartRequest): Promise<Instance> {
    const { key, onProgress, signal } = request
    const submitted = (await jobs.get(key)) ?? (await submit(request))
    for (;;) {
      const job = await readJob(submitted.id)
      if (job === null || !WAITING.includes(job.state)) return instance(key, submitted)
      onProgress?.(`job ${submitted.id} waits in Slurm's queue: ${job.reason}`)
      await setTimeout(POLL_MS, undefined, { signal })
    }
  }

  async function find(key: string): Promise<Instance | null> {
    const job = await jobs.get(key)
    if (job === null) return null
    await boundLog(logPath(key), LOG_MOST_BYTES)
    return instance(key, job)
  }

  async function stop(key: string): Promise<void> {
    const id = (await jobs.get(key))?.id ?? (await activeJobs()).get(key)
    if (id !== undefined) {
      await slurm('scancel', ['--quiet', id])
      for (;;) {
        const job = await readJob(id)
        if (job === null || !ACTIVE.includes(job.state)) break
        await setTimeout(POLL_MS)
      }
    }
    await jobs.remove(key)
    await rm(logPath(key), { force: true })
  }

  return {
    available: () =>
      run('sbatch', ['--version']).then(
        () => true,
        () => false,
      ),
    start: oncePerKey(start),
    find,
    readLog: (key, offset, maxBytes) => readPart(logPath(key), offset, maxBytes),
    stop,
    async list() {
      const recorded = await jobs.keys()
      // Where Slurm never was, nothing of it runs.
      const active = await activeJobs().catch((error: unknown) => {
        if (recorded.length > 0) throw error
        return new Map<string, string>()
      })
      return [...new Set([...recorded, ...active.keys()])]
    },
  }
}

async function slurm(
  command: 'sbatch' | 'squeue' | 'scontrol' | 'scancel',
  args: string[],
  { stdin, env }: { stdin?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const running = run(command, args, { timeout: ANSWER_WITHIN_MS, env })
  running.child.stdin?.end(stdin)
  return (await running).stdout
}

/** Returns a job; null when Slurm has forgotten it, some minutes after its end. */
async function readJob(id: string): Promise<Job | null> {
  const text = await slurm('scontrol', ['show', 'job', '--oneliner', id]).catch((error: unknown) => {
    if (/Invalid job id/.test(String(error))) return ''
    throw error
  })
  const field = (name: string) => new RegExp(`(?:^| )${name}=(\\S*)`).exec(text)?.[1]
  const state = field('JobState')
  if (state === undefined) return null
  return {
    state,
    reason: field('Reason') ?? 'None',
    node: field('BatchHost') ?? null,
    exitCode: field('ExitCode') ?? '',
  }
}

/** A job that Slurm itself ended, as when a node fails or its time is over, was killed from outside. */
function exitOf({ state, exitCode }: Job): EngineExit {
  if (state === 'OUT_OF_MEMORY') return { exitCode: null, signal: 'SIGKILL', outOfMemory: true }
  const [code = 0, signalled = 0] = exitCode.split(':').map(Number)
  if (state !== 'COMPLETED' && state !== 'FAILED') return { exitCode: null, signal: 'SIGKILL' }
  const signal = signalName(signalled)
  return { exitCode: signal === null ? code : null, signal }
}

/** What Slurm refuses it refuses each time; that it cannot be reached may pass. */
function asRefusal(error: unknown): never {
  const [, refusal] = /^sbatch: error: (?:Batch job submission failed: )?(.*)$/m.exec(String(error)) ?? []
  if (refusal === undefined || /Unable to contact|Socket timed out|temporarily/.test(String(error)))
    throw error
  throw new StartError('infrastructure', `Slurm refuses the job: ${refusal}`, 'Change runtime.options.', {
    cause: error,
  })
}
