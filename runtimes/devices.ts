import type { Device } from '../domain/device.ts'

/** Returns the cores that devices share out together, as taskset and cgroups write them; null: all of the host. */
export function coresOf(devices: Device[]): string | null {
  const cores = devices.flatMap((device) => (device.cores === null ? [] : [device.cores]))
  return cores.length === 0 || cores.length < devices.length ? null : cores.join(',')
}

/** Returns the ids under which NVIDIA's driver knows the GPUs among devices. */
export function gpuIds(devices: Device[]): string[] {
  return devices.flatMap((device) => (device.gpu === null ? [] : [device.gpu.uuid]))
}
