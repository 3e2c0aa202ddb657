import { createHash } from 'node:crypto'
import type Docker from 'dockerode'
import type { EngineExit } from '../domain/diagnosis.ts'
import { sizeBytes } from '../domain/size.ts'
import type { RuntimeSpec } from '../domain/runtime.ts'
import { coresOf, gpuIds } from './devices.ts'
import { withTag } from './docker-image.ts'
import type { Mount } from './mounts.ts'
import type { Instance, StartRequest } from './runtime.ts'
import { signalName } from './signal-name.ts'

export const KEY_LABEL = 'redline.key'
export const OWNER_LABEL = 'redline.owner'
const IMAGE_LABEL = 'redline.image'
const DIGEST_LABEL = 'redline.digest'

/** The port that engines listen on in their containers; Docker publishes it on a free one of the host. */
const ENGINE_PORT = 8000
const PUBLISHED = `${ENGINE_PORT}/tcp`

/** More than any engine's threads, and few enough that a fork bomb does not take the host down. */
const MOST_PROCESSES = 16_384

export type DockerSpec = Extract<RuntimeSpec, { kind: 'docker' }>

/** Returns the name of an engine's container: the same for every start under its key, unique among services. */
export function containerName(owner: string, key: string): string {
  return `redline-${createHash('sha256').update(owner).digest('hex').slice(0, 8)}-${key}`
}

/** Returns how an engine's container is created: limited to its devices and without any privilege. */
export function containerOptions(
  owner: string,
  spec: DockerSpec,
  request: StartRequest,
  image: { digest: string; mounts: Mount[] },
): Docker.ContainerCreateOptions {
  const { key, program, args, env, devices } = request
  const gpus = gpuIds(devices)
  const cores = coresOf(devices)
  const memory = spec.memory === undefined ? undefined : sizeBytes(spec.memory)
  return {
    name: containerName(owner, key),
    Image: withTag(spec.image),
    ...(program === null ? {} : { Entrypoint: [program] }),
    Cmd: args({ host: '0.0.0.0', port: ENGINE_PORT }),
    Env: Object.entries({
      ...env,
      // Images of CUDA ask for every GPU, which a host whose default runtime is NVIDIA's would grant.
      ...(devices.length === 0 ? {} : { NVIDIA_VISIBLE_DEVICES: gpus.join(',') || 'void' }),
    }).map(([name, value]) => `${name}=${value}`),
    Labels: {
      [KEY_LABEL]: key,
      [OWNER_LABEL]: owner,
      [IMAGE_LABEL]: spec.image,
      [DIGEST_LABEL]: image.digest,
    },
    ExposedPorts: { [PUBLISHED]: {} },
    HostConfig: {
      PortBindings: { [PUBLISHED]: [{ HostIp: '127.0.0.1', HostPort: '0' }] },
      Mounts: image.mounts.map(({ host, container, writable }) => ({
        Type: 'bind',
        Source: host,
        Target: container,
        ReadOnly: !writable,
      })),
      // Equal to Memory: no swap, in which an engine would be slow rather than out of memory.
      ...(memory === undefined ? {} : { Memory: memory, MemorySwap: memory }),
      ...(spec.sharedMemory === undefined ? {} : { ShmSize: sizeBytes(spec.sharedMemory) }),
      ...(cores === null ? {} : { CpusetCpus: cores }),
      ...(gpus.length === 0 ? {} : { DeviceRequests: [{ DeviceIDs: gpus, Capabilities: [['gpu']] }] }),
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: MOST_PROCESSES,
      Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
      // Signals end an engine that handles none, which the first process of a container would ignore.
      Init: true,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '32m', 'max-file': '4' } },
    },
  }
}

/** Returns the engine that a container runs. */
export function containerInstance(key: string, info: Docker.ContainerInspectInfo): Instance {
  const { State: state, Config: config } = info
  const port = info.NetworkSettings.Ports[PUBLISHED]?.[0]?.HostPort
  return {
    key,
    // Port 0 answers nobody: a container that ended has given its port back.
    baseUrl: `http://127.0.0.1:${port ?? 0}`,
    address: null,
    command: [info.Path, ...info.Args],
    running: state.Running,
    exit: state.Running ? null : exitOf(state),
    container: {
      id: info.Id,
      image: config.Labels[IMAGE_LABEL] ?? config.Image,
      digest: config.Labels[DIGEST_LABEL] ?? info.Image,
      health: state.Health?.Status ?? null,
    },
  }
}

/** A container's exit code above 128 stands for a signal, as in a shell. */
function exitOf({ ExitCode, OOMKilled }: { ExitCode: number; OOMKilled: boolean }): EngineExit {
  const signal = signalName(ExitCode - 128)
  return { exitCode: signal === null ? ExitCode : null, signal, outOfMemory: OOMKilled }
}
