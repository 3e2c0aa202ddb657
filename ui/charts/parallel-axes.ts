import type { ExperimentBrief } from '../../client/client.ts'
import { tick } from '../../domain/figures.ts'
import type { ParameterValue } from '../../domain/parameter.ts'

/** A vertical axis: where a value of an experiment lies on it, from 0 (bottom) to 1. */
export interface ParallelAxis {
  name: string
  label: string
  /** Values to choose from, in order, at most {@link MOST_CHOICES}. */
  choices: { text: string; at: number }[]
  at: (experiment: ExperimentBrief) => number | null
}

/** What is kept of an axis: shares of it, by its name. */
export type Brushes = Partial<Record<string, [low: number, high: number]>>

const MOST_CHOICES = 9

/** Makes an axis for each parameter that varies and one for the objective, the last. Pure. */
export function parallelAxes(experiments: ExperimentBrief[], objective: string): ParallelAxis[] {
  const names = [...new Set(experiments.flatMap(({ configuration }) => Object.keys(configuration)))]
  const parameters = names.flatMap((name) => {
    const read = ({ configuration }: ExperimentBrief) => configuration[name] ?? null
    const axis = axisOf(name, name, experiments, read)
    return axis.choices.length > 1 ? [axis] : []
  })
  return [...parameters, axisOf('objective', objective, experiments, (experiment) => experiment.objective)]
}

function axisOf(
  name: string,
  label: string,
  experiments: ExperimentBrief[],
  read: (experiment: ExperimentBrief) => ParameterValue | null,
): ParallelAxis {
  const values = [...new Set(experiments.flatMap((experiment) => read(experiment) ?? []))]
  const numbers = values.filter((value) => typeof value === 'number').toSorted((a, b) => a - b)
  const place = numbers.length === values.length ? numericPlace(numbers) : categoricalPlace(values)
  const ordered = numbers.length === values.length ? numbers : values.toSorted(byText)
  const every = Math.max(1, Math.ceil((ordered.length - 1) / (MOST_CHOICES - 1)))
  const chosen = ordered.filter((_, index) => index % every === 0 || index === ordered.length - 1)
  return {
    name,
    label,
    choices: chosen.map((value) => ({ text: shown(value), at: place(value) ?? 0 })),
    at(experiment) {
      const value = read(experiment)
      return value === null ? null : place(value)
    },
  }
}

/** Values that span more than a factor of thirty lie on a log scale. */
function numericPlace(sorted: number[]): (value: ParameterValue) => number | null {
  const low = sorted[0] ?? 0
  const high = sorted.at(-1) ?? 1
  const log = low > 0 && high / low > 30
  const scaled = (value: number) => (log ? Math.log(value) : value)
  const span = scaled(high) - scaled(low)
  return (value) =>
    typeof value !== 'number' ? null : span === 0 ? 0.5 : (scaled(value) - scaled(low)) / span
}

function categoricalPlace(values: ParameterValue[]): (value: ParameterValue) => number | null {
  const ordered = values.toSorted(byText)
  return (value) => {
    const index = ordered.indexOf(value)
    return index === -1 ? null : ordered.length === 1 ? 0.5 : index / (ordered.length - 1)
  }
}

const byText = (a: ParameterValue, b: ParameterValue) => (String(a) < String(b) ? -1 : 1)

function shown(value: ParameterValue): string {
  return typeof value === 'number' ? tick(Number(value.toPrecision(4))) : String(value)
}

/** Returns whether an experiment lies within every brush; without a value on a brushed axis it does not. Pure. */
export function isWithin(experiment: ExperimentBrief, axes: ParallelAxis[], brushes: Brushes): boolean {
  return axes.every(({ name, at }) => {
    const brush = brushes[name]
    if (brush === undefined) return true
    const place = at(experiment)
    return place !== null && place >= brush[0] - 1e-9 && place <= brush[1] + 1e-9
  })
}

/** Writes what a brush keeps: `parallel 4 to 8`. */
export function brushText({ label, choices }: ParallelAxis, [low, high]: [number, number]): string {
  const inside = choices.filter(({ at }) => at >= low - 1e-9 && at <= high + 1e-9)
  const first = inside[0]?.text
  const last = inside.at(-1)?.text
  if (first === undefined || last === undefined)
    return `${label} ${Math.round(low * 100)} to ${Math.round(high * 100)} % of its range`
  return first === last ? `${label} ${first}` : `${label} ${first} to ${last}`
}
