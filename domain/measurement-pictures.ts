import type { CapacityResult, Measurement } from './measurement.ts'

interface Point {
  x: number
  y: number
}

/** A picture of a measurement: what its axes are, and its points. */
export interface MeasurementPicture {
  name: string
  title: string
  x: string
  y: string
  /** The axis counts seconds from 1. */
  seconds: boolean
  /** One list of points for each line. */
  lines: { label: string; points: Point[] }[]
}

/** Returns the pictures that a measurement has the points for, in order of looking. */
export function picturesOf(measurement: Measurement): MeasurementPicture[] {
  const { outputTokensPerSecondSeries, inFlightSeries = [], distributions = {}, capacity } = measurement
  const overTime = (name: string, title: string, y: string, values: number[]) => ({
    ...{ name, title, x: 'second of the window', y, seconds: true },
    lines: [{ label: y, points: values.map((value, index) => ({ x: index + 1, y: value })) }],
  })
  const cumulated = (name: string, title: string, values: number[] = []) => ({
    ...{ name, title, x: 'ms', y: '% at or below', seconds: false },
    lines: [{ label: title, points: values.map((ms, per) => ({ x: ms, y: per })) }],
  })
  const pictures = [
    overTime('throughput', 'Throughput, second by second', 'output tokens', outputTokensPerSecondSeries),
    overTime('in-flight', 'Requests in flight, second by second', 'requests', inFlightSeries),
    cumulated('ttft', 'Time to first token, of all requests', distributions.ttft),
    cumulated('gaps', 'Gaps between tokens, of all requests', distributions.itl),
    ...(capacity === undefined ? [] : capacityPictures(capacity)),
  ]
  return pictures
    .map((picture) => ({ ...picture, lines: picture.lines.filter(({ points }) => points.length > 1) }))
    .filter(({ lines }) => lines.length > 0)
}

/** Load against what came of it: what was served within the limits, and how late. */
function capacityPictures({ of, levels }: CapacityResult): MeasurementPicture[] {
  const x = of === 'concurrency' ? 'streams' : 'requests/s sent'
  const line = (label: string, metric: keyof CapacityResult['levels'][number]['metrics']) => ({
    label,
    points: levels.flatMap(({ load, metrics }) => {
      const y = metrics[metric]
      return y == null ? [] : [{ x: load, y }]
    }),
  })
  const picture = { x, seconds: false }
  const served = [line('goodput', 'goodput_requests_per_second'), line('all requests', 'requests_per_second')]
  const late = [line('TTFT p50', 'ttft_p50_ms'), line('TTFT p99', 'ttft_p99_ms')]
  return [
    { ...picture, name: 'goodput', title: 'Load and goodput', y: 'requests/s', lines: served },
    { ...picture, name: 'latency', title: 'Load and time to first token', y: 'ms', lines: late },
  ]
}
