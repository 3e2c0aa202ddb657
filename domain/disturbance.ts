import { CLOCK_REASONS, SAMPLE_MS, type GpuSample, type MachineSample } from './machine-record.ts'

/** Of the cores that the engine may use: less is the ordinary noise of a machine. */
const MAX_OTHERS = 0.15
/** Of the time: less is a moment. */
const NOTICEABLE = 0.2
/** Fewer seconds than this say nothing. */
const LEAST_SAMPLES = 5

/** A look at the machine that comes so long after the one before was held up. */
const LATE_LOOK_MS = 2 * SAMPLE_MS
/** Of the time: a standstill falls on everything that was measured, unlike load. */
const MAX_STANDSTILL = 0.05

/** A GPU that works less than this is not asked for its highest clock. */
const WORKING = 0.5
/** Below this share of its own usual clock a GPU was slowed down. */
const MAX_CLOCK_DROP = 0.85

const THROTTLED =
  CLOCK_REASONS.hardware.mask |
  CLOCK_REASONS.softwareThermal.mask |
  CLOCK_REASONS.hardwareThermal.mask |
  CLOCK_REASONS.powerBrake.mask

/**
 * Says in words what disturbed a measurement from outside; nothing when nothing did, or when too little was seen.
 * `samples` are a second or so apart. Disturbing is, in at least a fifth of them: other processes on more than 15 % of
 * the cores that the engine may use; a GPU that throttles by heat or supply; a working GPU at less than 85 % of its median
 * clock, its power limit not being the reason. And, for at least a twentieth of the time: a machine on which nothing ran.
 */
export function disturbancesOf(samples: readonly MachineSample[]): string[] {
  const stoodStill = standstill(samples)
  if (samples.length < LEAST_SAMPLES) return stoodStill
  const uuids = [...new Set(samples.flatMap(({ gpus }) => gpus.map(({ uuid }) => uuid)))]
  return [
    ...stoodStill,
    ...otherLoad(samples),
    ...uuids.flatMap((uuid) =>
      gpuTrouble(samples.flatMap(({ gpus }) => gpus.filter((gpu) => gpu.uuid === uuid))),
    ),
  ]
}

function standstill(samples: readonly MachineSample[]): string[] {
  const heldUp = samples.filter(({ spanMs }) => spanMs >= LATE_LOOK_MS)
  const lostMs = heldUp.reduce((sum, { spanMs }) => sum + spanMs - SAMPLE_MS, 0)
  const wholeMs = samples.reduce((sum, { spanMs }) => sum + spanMs, 0)
  if (lostMs === 0 || lostMs < MAX_STANDSTILL * wholeMs) return []
  return [`the machine stood still for ${(lostMs / 1000).toFixed(1)} s, or was too busy to be watched`]
}

function otherLoad(samples: readonly MachineSample[]): string[] {
  const loaded = samples.flatMap(({ others }) => (others !== null && others > MAX_OTHERS ? others : []))
  const share = loaded.length / samples.length
  if (share < NOTICEABLE) return []
  const mean = loaded.reduce((sum, value) => sum + value, 0) / loaded.length
  return [
    `other processes took ${percent(mean)} of the cores that the engine may use, ${percent(share)} of the time`,
  ]
}

function gpuTrouble(samples: readonly GpuSample[]): string[] {
  if (samples.length < LEAST_SAMPLES) return []
  const throttled = samples.filter(({ clockReasons }) => ((clockReasons ?? 0) & THROTTLED) !== 0)
  const share = throttled.length / samples.length
  if (share >= NOTICEABLE) {
    const mask = throttled.reduce((all, { clockReasons }) => all | (clockReasons ?? 0), 0)
    const reasons = Object.values(CLOCK_REASONS).filter((reason) => reason.mask & mask & THROTTLED)
    const hottest = Math.max(...throttled.map(({ temperatureC }) => temperatureC ?? 0))
    return [
      `the GPU throttled ${percent(share)} of the time: ${reasons.map(({ text }) => text).join(', ')}${hottest > 0 ? `, ${hottest} °C` : ''}`,
    ]
  }
  return clockDrop(samples)
}

function clockDrop(samples: readonly GpuSample[]): string[] {
  const working = samples.flatMap(({ smClockMhz, utilisation, clockReasons }) =>
    smClockMhz !== null && (utilisation ?? 0) >= WORKING ? { smClockMhz, mask: clockReasons ?? 0 } : [],
  )
  if (working.length < LEAST_SAMPLES) return []
  const clocks = working.map(({ smClockMhz }) => smClockMhz).sort((a, b) => a - b)
  const usual = clocks[Math.floor(clocks.length / 2)] ?? 0
  const slow = working.filter(
    ({ smClockMhz, mask }) =>
      smClockMhz < MAX_CLOCK_DROP * usual && (mask & CLOCK_REASONS.powerCap.mask) === 0,
  )
  const share = slow.length / working.length
  if (share < NOTICEABLE) return []
  const least = Math.min(...slow.map(({ smClockMhz }) => smClockMhz))
  return [
    `the GPU's clock fell from ${usual} to ${least} MHz, ${percent(share)} of the time in which it worked`,
  ]
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
