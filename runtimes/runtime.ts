import type { Device } from '../domain/device.ts'
import type { EngineExit } from '../domain/diagnosis.ts'
import type { RuntimeSpec } from '../domain/runtime.ts'

/** What to start, under a key that is the same for every retry of one start. */
export interface StartRequest {
  key: string
  spec: RuntimeSpec
  program: string
  /** Arguments for a port: the runtime picks a free one. */
  args: (place: { host: string; port: number }) => string[]
  env: Record<string, string>
  /** What the engine may use: it is pinned to the cores, and sees only the GPUs. */
  devices: Device[]
  /** Files and folders of the host that the engine reads: a container finds them at the same paths. */
  files: string[]
}

/** An engine that a runtime started, whether or not it still runs. */
export interface Instance {
  key: string
  baseUrl: string
  command: string[]
  running: boolean
  /** How it ended; null while it runs, and when nobody saw it end. */
  exit: EngineExit | null
}

/** How engines are started, found again and stopped. Everything may be called twice. */
export interface Runtime {
  /** Starts an engine; one that was started under this key before is returned as it is now. */
  start(request: StartRequest): Promise<Instance>
  /** Returns what was started under a key; null when nothing is known of it. */
  find(key: string): Promise<Instance | null>
  /** Returns bytes of the log from an offset on, a negative one counted from its end; empty when there are none. */
  readLog(key: string, offset: number, maxBytes: number): Promise<Buffer>
  /** Stops an engine and returns when it is gone, its log with it. Nothing to stop is no error. */
  stop(key: string): Promise<void>
  /** Returns the keys of all engines of this runtime on this host, crashed ones and orphans included. */
  list(): Promise<string[]>
}

/** A program could not be started at all: it is not there or may not be executed. */
export class ProgramError extends Error {}
