import type { ExperimentConditions } from '../domain/experiment.ts'
import type { Configuration } from '../domain/parameter.ts'
import type { TuningSpec } from '../domain/tuning.ts'
import { configurationCommand } from '../engines/command.ts'
import { DEPLOY_PORT } from '../engines/deploy.ts'
import { ENGINES } from '../engines/index.ts'

/** A folder of the host, or one that lives as long as the container, at a path of the container. */
export interface Mount {
  name: string
  /** Null: nothing of the host; what is downloaded is kept there. */
  host: string | null
  container: string
  writable: boolean
}

/** A configuration as a container that serves it: what Compose, Kubernetes and Helm each write in their own way. */
export interface Deployment {
  /** A DNS label. */
  name: string
  image: string
  /** The program in place of the image's own; null leaves that. */
  program: string | null
  args: string[]
  env: Record<string, string>
  port: number
  readinessPath: string
  gpus: number
  mounts: Mount[]
  /** Size of /dev/shm in Compose's form, such as 16g; null leaves the default. */
  sharedMemory: string | null
}

const MODELS = '/models'
const CACHE = '/root/.cache/huggingface'

/** Makes the container of a configuration as an experiment ran it; null for an engine that nobody starts. */
export function deploymentOf(
  { name, engine: spec, runtime }: TuningSpec,
  configuration: Configuration,
  conditions: Pick<ExperimentConditions, 'model' | 'devices' | 'engineVersion' | 'imageDigest'>,
): Deployment | null {
  const engine = ENGINES[spec.kind]
  const gpus = conditions.devices.filter((device) => device.startsWith('gpu-')).length
  // A local build's suffix, as in 0.32.0+cpu, is no part of a published tag.
  const published = engine.image(conditions.engineVersion?.replace(/\+.*$/, '') ?? null, gpus)
  if (published === null) return null
  const { model, mounts } = modelMount(conditions.model)
  const all = { ...spec.args, ...configuration }
  const docker = runtime.kind === 'docker' ? runtime : null
  const digest = conditions.imageDigest?.includes('@') === true ? conditions.imageDigest : undefined
  return {
    name: label(name),
    image: docker === null ? published.name : (digest ?? docker.image),
    program: docker === null ? published.program : (docker.program ?? null),
    args: engine.args({ model, host: '0.0.0.0', port: DEPLOY_PORT, configuration: all }),
    env: { ...spec.env, ...configurationCommand(engine, all).env },
    port: DEPLOY_PORT,
    readinessPath: engine.readinessPath,
    gpus,
    mounts: [
      ...mounts,
      ...(docker?.volumes ?? []).map(({ host, container, writable }, index) => ({
        name: `volume-${index}`,
        host,
        container,
        writable,
      })),
    ],
    sharedMemory:
      docker?.sharedMemory?.replace(/([KMGT])iB$/, (_, unit: string) => unit.toLowerCase()) ??
      (gpus > 1 ? '16g' : null),
  }
}

/** A file or folder of the host is mounted where it lies; a name is downloaded into a cache. */
function modelMount(model: string): { model: string; mounts: Mount[] } {
  if (!model.includes('/') || !/^(\/|\.{1,2}\/)|\.gguf$/.test(model)) {
    return { model, mounts: [{ name: 'cache', host: null, container: CACHE, writable: true }] }
  }
  const cut = model.lastIndexOf('/')
  return {
    model: `${MODELS}/${model.slice(cut + 1)}`,
    mounts: [{ name: 'models', host: model.slice(0, cut) || '/', container: MODELS, writable: false }],
  }
}

/** Makes a DNS label (RFC 1123) of a name. */
export function label(name: string): string {
  const text = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replaceAll(/^-+|-+$/g, '')
  return text === '' ? 'redline' : text
}
