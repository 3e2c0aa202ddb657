import type { LeaseRequest } from '../domain/allocation.ts'
import type { Configuration } from '../domain/parameter.ts'
import type { TuningSpec } from '../domain/tuning.ts'
import { ENGINES } from './index.ts'

/** Returns what an experiment asks of a host: as many devices as its parallel sizes need, unless the request says. */
export function leaseRequest(spec: TuningSpec, configuration: Configuration): LeaseRequest {
  const { engine, runtime, hardware } = spec
  const devices = ENGINES[engine.kind].devicesFor({ ...engine.args, ...configuration })
  return {
    engine: engine.kind,
    runtime: runtime.kind,
    devices: hardware.devices ?? devices,
    labels: hardware.labels,
    exclusive: runtime.kind === 'endpoint' ? runtime.url : null,
  }
}
