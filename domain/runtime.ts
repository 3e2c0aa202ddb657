import { z } from 'zod'
import { Size } from './size.ts'

/** Returns whether what is tuned runs already: Redline starts nothing, and has nothing to deploy. */
export function runsAlready({ runtime }: { runtime?: { kind: string } | undefined }): boolean {
  return runtime?.kind === 'endpoint'
}

const Path = z.string().startsWith('/', 'a path starts with /').max(4000)

const ProcessRuntime = z.strictObject({
  kind: z.literal('process').meta({ description: 'A process of the host.' }),
  memory: Size.optional().meta({ description: 'Most address space of the process.' }),
})

const DockerRuntime = z.strictObject({
  kind: z.literal('docker').meta({ description: 'A container of the Docker engine of the host.' }),
  image: z.string().min(1).max(500).meta({ description: 'The image, such as vllm/vllm-openai:v0.11.0.' }),
  pull: z
    .enum(['missing', 'always', 'never'])
    .default('missing')
    .meta({ description: 'When the image is pulled.' }),
  program: z
    .string()
    .max(4000)
    .optional()
    .meta({ description: "What to run in the container; the image's own entrypoint by default." }),
  memory: Size.optional().meta({ description: 'Memory limit of the container.' }),
  sharedMemory: Size.optional().meta({ description: 'Size of /dev/shm.' }),
  volumes: z
    .array(
      z.strictObject({
        host: Path.meta({ description: 'The folder of the host.' }),
        container: Path.meta({ description: 'Where the container sees it.' }),
        writable: z.boolean().default(false).meta({ description: 'Whether the container may write there.' }),
      }),
    )
    .max(20)
    .default([])
    .meta({ description: 'Folders mounted into the container; the host allows which (REDLINE_VOLUMES).' }),
})

const EndpointRuntime = z.strictObject({
  kind: z.literal('endpoint').meta({ description: 'A server that runs already: only the load is tuned.' }),
  url: z.url({ protocol: /^https?$/ }).meta({ description: 'Base address, without /v1.' }),
})

const CommandRuntime = z.strictObject({
  kind: z.literal('command').meta({ description: 'The engine, started through a command of yours.' }),
  command: z
    .array(z.string().min(1).max(4000))
    .min(1)
    .max(50)
    .refine((command) => command.includes('{engine}'), 'one element must be {engine}')
    .meta({
      description:
        'Runs in the foreground; its element {engine} stands for the engine\'s own command line: ["numactl", "-N0", "{engine}"].',
    }),
})

/** Options that Redline sets itself, or that would make another kind of job. */
const OWN_OPTIONS = [
  ...[
    'parsable',
    'job-name',
    'output',
    'error',
    'open-mode',
    'no-requeue',
    'requeue',
    'export',
    'export-file',
  ],
  ...['gpus', 'array', 'wrap', 'wait', 'test-only', 'chdir'],
]

/** Options may be abbreviated: whatever one of ours begins with could be it. */
function isOwnOption(option: string): boolean {
  const name = option.slice(2).replace(/=.*/s, '')
  return OWN_OPTIONS.some((own) => own.startsWith(name))
}

const SlurmRuntime = z.strictObject({
  kind: z.literal('slurm').meta({
    description: 'A batch job of Slurm, submitted from a host that has its commands.',
  }),
  program: z
    .string()
    .min(1)
    .max(4000)
    .meta({ description: "The engine's program as the nodes find it: /shared/vllm/bin/vllm." }),
  gpus: z.boolean().default(true).meta({
    description:
      'Ask for as many GPUs as the experiment holds devices; false: the options say what is needed.',
  }),
  options: z
    .array(
      z
        .string()
        .max(1000)
        .regex(/^--[a-z][a-z-]*(?:=.+)?$/, 'an option is written --name=value, or --name')
        .refine((option) => !isOwnOption(option), 'Redline sets this option itself'),
    )
    .max(50)
    .default([])
    .meta({ description: 'Options of sbatch: ["--partition=gpu", "--time=02:00:00"].' }),
})

/** How the engine of an experiment is started. */
export const RuntimeSpec = z.discriminatedUnion('kind', [
  ProcessRuntime,
  DockerRuntime,
  EndpointRuntime,
  CommandRuntime,
  SlurmRuntime,
])
export type RuntimeSpec = z.infer<typeof RuntimeSpec>

export const RuntimeKind = z.enum(RuntimeSpec.options.flatMap(({ shape }) => [...shape.kind.values]))
