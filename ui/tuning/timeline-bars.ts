import type { ExperimentBrief } from '../../client/client.ts'

export type BarKind = 'baseline' | 'search' | 'infeasible' | 'failed' | 'confirmation' | 'running'

export interface TimelineBar {
  number: number
  kind: BarKind
  fromMs: number
  toMs: number
}

export interface TimelineRow {
  /** A device and its host. */
  device: string
  bars: TimelineBar[]
}

/** Lays the experiments that were started out by the devices that they held, in time. Pure. */
export function timelineRows(experiments: ExperimentBrief[], now: number): TimelineRow[] {
  const rows = new Map<string, TimelineBar[]>()
  for (const experiment of experiments) {
    const { number, startedAt, finishedAt, host, devices } = experiment
    if (startedAt === null) continue
    const bar = {
      number,
      kind: kindOf(experiment),
      fromMs: Date.parse(startedAt),
      toMs: finishedAt === null ? now : Date.parse(finishedAt),
    }
    const places =
      host === null
        ? ['device not known yet']
        : devices.length === 0
          ? [host]
          : devices.map((id) => `${host} ${id}`)
    for (const place of places) {
      const bars = rows.get(place)
      if (bars === undefined) rows.set(place, [bar])
      else bars.push(bar)
    }
  }
  return [...rows]
    .map(([device, bars]) => ({ device, bars }))
    .toSorted((a, b) => (a.device < b.device ? -1 : 1))
}

function kindOf({ state, kind, feasible }: ExperimentBrief): BarKind {
  if (state === 'running') return 'running'
  if (state !== 'completed') return 'failed'
  if (kind === 'baseline' || kind === 'confirmation') return kind
  return feasible === true ? 'search' : 'infeasible'
}
