import { z } from 'zod'

const Reading = z.number().nullable()

/** A GPU at one moment; null where the driver does not say. */
export interface GpuSample {
  uuid: string
  driver: string
  smClockMhz: number | null
  memoryClockMhz: number | null
  temperatureC: number | null
  powerW: number | null
  /** Share of time in which a kernel ran, 0 to 1. */
  utilisation: number | null
  memoryUsedMib: number | null
  /** Why its clocks are not at their highest: a mask of NVML's clocks event reasons. */
  clockReasons: number | null
}

/** How often a machine is looked at, in ms. */
export const SAMPLE_MS = 1000

/** A machine over the time since the sample before. */
export interface MachineSample {
  spanMs: number
  /** Share of all cores that worked, 0 to 1. */
  busy: number
  /**
   * Share of the cores the engine may use that went to processes which are neither the engine nor Redline, and to
   * other machines on the same hardware; null where the engine's processes cannot be seen.
   */
  others: number | null
  memoryUsedBytes: number
  /** What its processors draw together; null where the system does not say. */
  cpuPowerW: number | null
  gpus: GpuSample[]
}

/** What does not change while it is watched. */
export interface MachineFacts {
  cpu: string
  cores: number
  /** Mean of the cores' clocks, in MHz; null where the system does not say. */
  cpuMhz: number | null
  memoryBytes: number
}

const GpuRecord = z.object({
  device: z.string(),
  driver: z.string(),
  smClockMhz: z.array(Reading),
  memoryClockMhzMean: Reading,
  temperatureC: z.array(Reading),
  powerW: z.array(Reading),
  utilisation: z.array(Reading).meta({ description: 'Share of time in which a kernel ran.' }),
  memoryUsedMibMax: Reading,
  clockReasons: z.array(z.string()).meta({ description: 'What held the clocks down at some time.' }),
})

/** The machine while an experiment was measured; series have at most 60 points, each the mean of its time. */
export const MachineRecord = z.object({
  cpu: z.string(),
  cores: z.int(),
  cpuMhz: Reading,
  memoryBytes: z.number(),
  memoryUsedBytesMax: z.number(),
  pointMs: z.number().meta({ description: 'Time that one point of a series stands for.' }),
  busy: z.array(z.number()).meta({ description: 'Share of all cores that worked.' }),
  busyMean: Reading,
  others: z.array(Reading).meta({
    description: "Share of the engine's cores taken by what is neither the engine nor Redline.",
  }),
  othersMean: Reading,
  cpuPowerWMean: Reading.optional().meta({ description: 'Of all its processors together.' }),
  gpus: z.array(GpuRecord),
})
export type MachineRecord = z.infer<typeof MachineRecord>

const MOST_POINTS = 60

/** Bits of NVML's clocks event reasons that say more than that the GPU idles or keeps to its power limit. */
export const CLOCK_REASONS = {
  hardware: { mask: 0x08, text: 'hardware slowdown' },
  softwareThermal: { mask: 0x20, text: 'thermal slowdown (software)' },
  hardwareThermal: { mask: 0x40, text: 'thermal slowdown (hardware)' },
  powerBrake: { mask: 0x80, text: 'power brake' },
  powerCap: { mask: 0x04, text: 'power cap' },
} as const

/** Packs what was sampled every `sampleMs`; null without a sample. `deviceOf` names a GPU by its uuid. */
export function machineRecord(
  facts: MachineFacts,
  samples: readonly MachineSample[],
  sampleMs: number,
  deviceOf: (uuid: string) => string,
): MachineRecord | null {
  if (samples.length === 0) return null
  const perPoint = Math.ceil(samples.length / MOST_POINTS)
  const busy = samples.map((sample) => sample.busy)
  const others = samples.map((sample) => sample.others)
  const uuids = [...new Set(samples.flatMap(({ gpus }) => gpus.map(({ uuid }) => uuid)))]
  return {
    ...facts,
    memoryUsedBytesMax: Math.max(...samples.map(({ memoryUsedBytes }) => memoryUsedBytes)),
    pointMs: perPoint * sampleMs,
    busy: points(busy, perPoint).map((value) => value ?? 0),
    busyMean: meanOf(busy, 3),
    others: points(others, perPoint),
    othersMean: meanOf(others, 3),
    cpuPowerWMean: meanOf(
      samples.map(({ cpuPowerW }) => cpuPowerW),
      1,
    ),
    gpus: uuids.map((uuid) =>
      gpuRecord(
        deviceOf(uuid),
        samples.flatMap(({ gpus }) => gpus.filter((gpu) => gpu.uuid === uuid)),
        perPoint,
      ),
    ),
  }
}

function gpuRecord(
  device: string,
  samples: readonly GpuSample[],
  perPoint: number,
): MachineRecord['gpus'][number] {
  const memory = samples.flatMap(({ memoryUsedMib }) => memoryUsedMib ?? [])
  const mask = samples.reduce((all, { clockReasons }) => all | (clockReasons ?? 0), 0)
  const series = (of: (sample: GpuSample) => number | null) => points(samples.map(of), perPoint)
  return {
    device,
    driver: samples[0]?.driver ?? '',
    smClockMhz: series(({ smClockMhz }) => smClockMhz),
    memoryClockMhzMean: meanOf(
      samples.map(({ memoryClockMhz }) => memoryClockMhz),
      0,
    ),
    temperatureC: series(({ temperatureC }) => temperatureC),
    powerW: series(({ powerW }) => powerW),
    utilisation: series(({ utilisation }) => utilisation),
    memoryUsedMibMax: memory.length === 0 ? null : Math.max(...memory),
    clockReasons: Object.values(CLOCK_REASONS).flatMap((reason) => (mask & reason.mask ? reason.text : [])),
  }
}

function points(values: readonly (number | null)[], perPoint: number): (number | null)[] {
  return Array.from({ length: Math.ceil(values.length / perPoint) }, (_, at) =>
    meanOf(values.slice(at * perPoint, (at + 1) * perPoint), 3),
  )
}

/** The mean of what is known, to so many decimals; null when nothing is. */
export function meanOf(values: readonly (number | null)[], decimals: number): number | null {
  const known = values.flatMap((value) => value ?? [])
  if (known.length === 0) return null
  return Number((known.reduce((sum, value) => sum + value, 0) / known.length).toFixed(decimals))
}
