import { z } from 'zod'
import { Size } from './size.ts'

const Path = z.string().startsWith('/', 'a path starts with /').max(4000)

const ProcessRuntime = z.strictObject({
  kind: z.literal('process').meta({ description: 'A process of the host.' }),
  memory: Size.optional().meta({ description: 'Most address space of the process.' }),
})

const DockerRuntime = z.strictObject({
  kind: z.literal('docker').meta({ description: 'A container of the Docker engine of the host.' }),
  image: z.string().min(1).max(500).meta({ description: 'The image, such as vllm/vllm-openai:v0.11.0.' }),
  pull: z.enum(['missing', 'always', 'never']).default('missing'),
  program: z
    .string()
    .max(4000)
    .optional()
    .meta({ description: "What to run in the container; the image's own entrypoint by default." }),
  memory: Size.optional().meta({ description: 'Memory limit of the container.' }),
  sharedMemory: Size.optional().meta({ description: 'Size of /dev/shm.' }),
  volumes: z
    .array(z.strictObject({ host: Path, container: Path, writable: z.boolean().default(false) }))
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

/** How the engine of an experiment is started. */
export const RuntimeSpec = z.discriminatedUnion('kind', [
  ProcessRuntime,
  DockerRuntime,
  EndpointRuntime,
  CommandRuntime,
])
export type RuntimeSpec = z.infer<typeof RuntimeSpec>

export const RuntimeKind = z.enum(RuntimeSpec.options.flatMap(({ shape }) => [...shape.kind.values]))
