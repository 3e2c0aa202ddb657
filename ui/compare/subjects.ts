import type { Experiment, ExperimentBrief, Tuning } from '../../client/client.ts'
import { configurationKey } from '../../domain/space.ts'
import { objectiveMetric } from '../../domain/tuning.ts'
import type { Configuration } from '../../domain/parameter.ts'
import { objectivePoints, type Point } from '../charts/objective-points.ts'

/** What is compared: an experiment of a tuning, or the best one of it. */
export interface Wanted {
  tuningId: string
  number: number | 'best'
}

export interface Subject {
  wanted: Wanted
  name: string
  tuning: Tuning
  /** Returns how the tuning's best rose; no array, as a store would keep a signal for each number of each point. */
  rise: () => Point[]
  /** Null while nothing met the limits. */
  experiment: Experiment | null
  /** The objective in every run of its configuration. */
  values: number[]
}

/** Reads `tunings=a,b` and `experiments=a:3,b:7` of an address. */
export function readWanted(query: { tunings?: string; experiments?: string }): Wanted[] {
  const listed = (text: string | undefined) => (text ?? '').split(',').filter((part) => part !== '')
  return [
    ...listed(query.tunings).map((tuningId): Wanted => ({ tuningId, number: 'best' })),
    ...listed(query.experiments).flatMap((place): Wanted[] => {
      const [tuningId = '', number = ''] = place.split(':')
      return /^\d+$/.test(number) ? [{ tuningId, number: Number(number) }] : []
    }),
  ]
}

/** Writes what {@link readWanted} reads; null takes a key out of an address. */
export function writeWanted(wanted: Wanted[]): { tunings: string | null; experiments: string | null } {
  const tunings = wanted.filter(({ number }) => number === 'best').map(({ tuningId }) => tuningId)
  const experiments = wanted.flatMap(({ tuningId, number }) =>
    number === 'best' ? [] : [`${tuningId}:${number}`],
  )
  return { tunings: tunings.join(',') || null, experiments: experiments.join(',') || null }
}

/** Returns the number of the experiment that stands for what is compared; null while nothing met the limits. */
export function numberOf({ number }: Wanted, { best }: Tuning): number | null {
  return number === 'best' ? (best?.number ?? null) : number
}

/** Puts together what is compared: `experiment` is the one of {@link numberOf}. Pure. */
export function subjectOf(
  wanted: Wanted,
  tuning: Tuning,
  experiments: ExperimentBrief[],
  experiment: Experiment | null,
): Subject {
  const key = experiment === null ? null : configurationKey(experiment.configuration)
  const values = experiments.flatMap(({ configuration, excluded, state, objective }) =>
    state === 'completed' && !excluded && objective !== null && configurationKey(configuration) === key
      ? [objective]
      : [],
  )
  const name = wanted.number === 'best' ? tuning.name : `${tuning.name}, experiment ${wanted.number}`
  const { best } = objectivePoints(experiments, objectiveMetric(tuning.spec.objective).higherIsBetter)
  const last = best.at(-1)
  const points = last === undefined ? [] : [...best, { ...last, x: experiments.length - 1 }]
  return { wanted, name, tuning, rise: () => points, experiment, values }
}

export interface Difference {
  name: string
  /** One for each subject. */
  values: string[]
}

/** Lists where the requests of subjects differ but in their names, by the path in the request. */
export function requestDifferences(subjects: Subject[]): Difference[] {
  const all = differing(
    subjects.map(({ tuning }) => flattened(tuning.spec)),
    () => NONE,
  )
  return all.filter(({ name }) => name !== 'name')
}

/** What a verdict rests on, by the beginning of its path in the request; the first that fits counts. */
const ASKED: [path: string, part: string][] = [
  ['engine.kind', 'engine'],
  ['engine.model', 'model'],
  ['workload.prompts', 'prompts'],
  ['workload.load', 'load'],
  ['workload.', 'workload'],
  ['constraints', 'limits'],
]

/** Names the parts in which subjects were asked different things, so that a verdict is none over their settings. */
export function unequalParts(subjects: Subject[]): string[] {
  const parts = requestDifferences(subjects)
    .filter(({ name }) => name !== 'workload.seed')
    .flatMap(({ name }) => ASKED.find(([path]) => name.startsWith(path))?.[1] ?? [])
  return [...new Set(parts)]
}

/** Lists settings that are not alike in all subjects; one without an experiment has none. */
export function settingDifferences(subjects: Subject[]): Difference[] {
  return differing(
    subjects.map(({ tuning, experiment }) => {
      if (experiment === null) return {}
      const all: Configuration = { ...tuning.spec.engine.args, ...experiment.configuration }
      return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)]))
    }),
    (index) => (subjects[index]?.experiment === null ? NONE : 'default'),
  )
}

const NONE = '–'

/** `none` writes what a subject has that does not say. */
function differing(all: Record<string, string>[], none: (index: number) => string): Difference[] {
  const names = [...new Set(all.flatMap((one) => Object.keys(one)))]
  return names
    .map((name) => ({ name, values: all.map((one, index) => one[name] ?? none(index)) }))
    .filter(({ values }) => new Set(values).size > 1)
}

function flattened(value: unknown): Record<string, string> {
  return Object.fromEntries(leaves(value, ''))
}

function leaves(value: unknown, path: string): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[path, String(value)]]
  const entries: [string, unknown][] = Object.entries(value)
  return entries.flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`))
}
