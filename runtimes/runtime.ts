import type { Device } from '../domain/device.ts'
import type { DiagnosisKind, EngineExit } from '../domain/diagnosis.ts'
import type { Network } from '../domain/network.ts'
import type { RuntimeSpec } from '../domain/runtime.ts'

/** What to start, under a key that is the same for every retry of one start. */
export interface StartRequest {
  key: string
  spec: RuntimeSpec
  /** What to execute; null: what a container's image starts by itself. */
  program: string | null
  /** Arguments for a place to listen on, which the runtime picks. */
  args: (place: { host: string; port: number }) => string[]
  env: Record<string, string>
  /** What the engine may use: it is pinned to the cores, and sees only the GPUs. */
  devices: Device[]
  /** Files and folders of the host that the engine reads: a container finds them at the same paths. */
  files: string[]
  /** The private networks that an endpoint may be in; null, or left out: it may be anywhere. */
  privateNetworks?: readonly Network[] | null
  /** Hears what a start that takes long is doing, such as the pull of an image. */
  onProgress?: (text: string) => void
  /** Ends a pull. What was begun is taken up by the next start under the key, or removed by stop. */
  signal?: AbortSignal
}

/** An engine that a runtime started, whether or not it still runs. */
export interface Instance {
  key: string
  baseUrl: string
  /** Where to connect, whatever the name in the base URL leads to by now; null: as that says. */
  address: string | null
  command: string[]
  running: boolean
  /** How it ended; null while it runs, and when nobody saw it end. */
  exit: EngineExit | null
  /** The container it runs in; null outside of one. */
  container: ContainerDetails | null
}

/** What a record needs to say which container an engine ran in. */
export interface ContainerDetails {
  id: string
  image: string
  /** The digest in the registry (name@sha256:...), or the id of an image that was built on the host. */
  digest: string
  /** What the image's own health check says; null where it has none. */
  health: string | null
}

/** How engines are started, found again and stopped. Everything may be called twice. */
export interface Runtime {
  /**
   * Starts an engine; one that was started under this key before is returned as it is now.
   *
   * @throws {StartError} when this start can never succeed; any other error may pass.
   */
  start(request: StartRequest): Promise<Instance>
  /** Returns what was started under a key; null when nothing is known of it. */
  find(key: string): Promise<Instance | null>
  /** Returns bytes of the log from an offset on, a negative one counted from its end; empty when there are none. */
  readLog(key: string, offset: number, maxBytes: number): Promise<Buffer>
  /** Stops an engine and returns when it is gone, its log with it. Nothing to stop is no error. */
  stop(key: string): Promise<void>
  /** Returns whether engines can be started this way on this host now. */
  available(): Promise<boolean>
  /** Returns the keys of all engines of this runtime on this host, crashed ones and orphans included. */
  list(): Promise<string[]>
}

/** A start that fails however often it is tried: what is missing or refused, and what would help. */
export class StartError extends Error {
  readonly kind: DiagnosisKind
  readonly advice: string

  constructor(kind: DiagnosisKind, message: string, advice: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StartError'
    this.kind = kind
    this.advice = advice
  }
}
