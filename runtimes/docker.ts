import type Docker from 'dockerode'
import { setTimeout } from 'node:timers/promises'
import { connectDocker, DockerAwayError, refusalOf, unlessRefused } from './docker-connect.ts'
import {
  containerInstance,
  containerName,
  containerOptions,
  KEY_LABEL,
  OWNER_LABEL,
  type DockerSpec,
} from './docker-container.ts'
import { ensureImage } from './docker-image.ts'
import { DockerLogs } from './docker-log.ts'
import { startErrorOf } from './docker-refusals.ts'
import { allowedMount, type Mount } from './mounts.ts'
import { oncePerKey } from './once-per-key.ts'
import type { Instance, Runtime, StartRequest } from './runtime.ts'

/** How long an engine may take to end when asked, before it is killed, in seconds. */
const STOP_GRACE_S = 10

export interface DockerRuntimeOptions {
  /** Copies of the engines' logs. */
  folder: string
  /** Tells containers of this service from those of others on the host. */
  owner: string
  /** Folders and files of the host that containers may see. */
  mountable: string[]
  /** Address of the Docker engine as DOCKER_HOST has it; by default the host's own. */
  dockerHost?: string | undefined
}

/**
 * Runs engines in containers of the host's Docker engine. A container is known by its name and labels alone, so any
 * worker finds it. A Docker engine that is away is an error that passes, and has no engines to list.
 */
export function dockerRuntime({ folder, owner, mountable, dockerHost }: DockerRuntimeOptions): Runtime {
  const engine = connectDocker(dockerHost)
  const logs = new DockerLogs(engine, folder)
  const nameOf = (key: string) => containerName(owner, key)
  const containerOf = (key: string) => engine.calls.getContainer(nameOf(key))
  const inspect = (key: string) => unlessRefused(containerOf(key).inspect(), 404)

  async function find(key: string): Promise<Instance | null> {
    const info = await inspect(key)
    return info === null || !wasStarted(info) ? null : containerInstance(key, info)
  }

  async function start(request: StartRequest): Promise<Instance> {
    const { key, spec } = request
    if (spec.kind !== 'docker') throw new TypeError('not a start in a container')
    const existing = await inspect(key)
    if (existing === null) await create(spec, request)
    // A container that was created and never started is one that a worker left when it died.
    if (existing === null || !wasStarted(existing)) await startContainer(key, spec.image)
    const started = await find(key)
    if (started === null) throw new Error(`container ${nameOf(key)} is gone right after its start`)
    return started
  }

  async function create(spec: DockerSpec, request: StartRequest): Promise<void> {
    const { image, pull } = spec
    const mounts = await mountsOf(spec, request.files)
    const { onProgress, signal } = request
    const digest = await ensureImage(engine, { image, pull, onProgress, signal })
    const options = containerOptions(owner, spec, request, { digest, mounts })
    try {
      // 409: another try of this start created it meanwhile.
      await unlessRefused(engine.calls.createContainer(options), 409)
    } catch (error) {
      throw startErrorOf(error, image)
    }
  }

  async function mountsOf(spec: DockerSpec, files: string[]): Promise<Mount[]> {
    const given = files
      .filter((file) => !spec.volumes.some(({ container }) => container === file))
      .map((file) => ({ host: file, container: file, writable: false }))
    return Promise.all(
      [...given, ...spec.volumes].map(async (mount) => ({
        ...mount,
        host: await allowedMount(mount.host, mountable),
      })),
    )
  }

  async function startContainer(key: string, image: string): Promise<void> {
    try {
      await unlessRefused(containerOf(key).start(), 304)
    } catch (error) {
      if (refusalOf(error) !== null) await remove(key)
      throw startErrorOf(error, image)
    }
  }

  /** Removes a container whatever it is doing, and returns when it is gone. */
  async function remove(key: string): Promise<void> {
    // 409: it is being removed already.
    await unlessRefused(containerOf(key).remove({ force: true, v: true }), 404, 409)
    while ((await inspect(key)) !== null) await setTimeout(50)
    await logs.forget(nameOf(key))
  }

  async function stop(key: string): Promise<void> {
    // A stop that fails or hangs is no reason to keep the container: it is removed by force.
    await containerOf(key)
      .stop({ t: STOP_GRACE_S })
      .catch(() => undefined)
    await remove(key)
  }

  async function readLog(key: string, offset: number, maxBytes: number): Promise<Buffer> {
    const info = await inspect(key)
    if (info === null || !wasStarted(info)) return Buffer.alloc(0)
    return logs.read({ name: nameOf(key), running: info.State.Running }, offset, maxBytes)
  }

  async function list(): Promise<string[]> {
    const filters = { label: [`${OWNER_LABEL}=${owner}`] }
    try {
      const containers = await unlessRefused(engine.calls.listContainers({ all: true, filters }))
      return (containers ?? []).flatMap(({ Labels }) => Labels[KEY_LABEL] ?? [])
    } catch (error) {
      if (error instanceof DockerAwayError) return []
      throw error
    }
  }

  const available = () =>
    engine.calls.ping().then(
      () => true,
      () => false,
    )

  return { start: oncePerKey(start), find, readLog, stop, list, available }
}

function wasStarted({ State }: Docker.ContainerInspectInfo): boolean {
  return State.Status !== 'created'
}
