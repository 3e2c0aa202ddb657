import { isObject, type Json, type JsonObject } from '../state/request-draft.ts'

/** How a field is written; for one of several values, these with their texts, the default first. */
export type KindInput =
  'number' | 'text' | 'list' | 'switch' | keyof typeof KINDS_WITHIN | { [value: string]: string }

/** A field beneath a value of some kind. */
export interface FieldOfKind {
  /** Its place beneath the value; the value itself where it is empty. */
  at: string
  label: string
  input: KindInput
  hint?: string
  placeholder?: string
  optional?: boolean
  /** Of numbers; any above `min` by default. */
  whole?: boolean
  min?: number
  /** Whether the value has a use for it. */
  when?: (value: JsonObject) => boolean
}

/** One of the kinds that a value may be of. */
export interface Kind {
  name: string
  text: string
  matches(value: Json | undefined): boolean
  start: Json
  fields: FieldOfKind[]
}

const number = (at: string, label: string, rest: Partial<FieldOfKind> = {}): FieldOfKind => ({
  at,
  label,
  input: 'number',
  min: 0,
  ...rest,
})
const whole = (at: string, label: string, rest: Partial<FieldOfKind> = {}): FieldOfKind =>
  number(at, label, { whole: true, min: 1, ...rest })
const text = (at: string, label: string, rest: Partial<FieldOfKind> = {}): FieldOfKind => ({
  at,
  label,
  input: 'text',
  ...rest,
})
const choice = (at: string, label: string, input: KindInput): FieldOfKind => ({ at, label, input })

/** A kind that is told by a key of its own. */
const keyed = (name: string, words: string, start: Json, fields: FieldOfKind[]): Kind => ({
  name,
  text: words,
  matches: (value) => isObject(value) && name in value,
  start: { [name]: start },
  fields: fields.map((field) => ({ ...field, at: `/${name}${field.at}` })),
})

const FIXED: Kind = {
  name: 'fixed',
  text: 'the same for all',
  matches: (value) => value == null || typeof value !== 'object',
  start: 128,
  fields: [whole('', 'Each')],
}
const RANGE: Kind = {
  name: 'range',
  text: 'from a range',
  matches: (value) => isObject(value) && ('min' in value || 'max' in value),
  start: { min: 64, max: 256 },
  fields: [whole('/min', 'Least'), whole('/max', 'Most')],
}

const TURNS: Kind[] = [
  { ...FIXED, start: 4 },
  { ...RANGE, start: { min: 2, max: 6 } },
]

const LENGTHS: Kind[] = [
  FIXED,
  RANGE,
  keyed('normal', 'normal distribution', { mean: 128, deviation: 32 }, [
    number('/mean', 'Mean'),
    number('/deviation', 'Deviation'),
  ]),
  keyed('lognormal', 'lognormal, as real traffic', { median: 128, sigma: 0.8, max: 4096 }, [
    number('/median', 'Median'),
    number('/sigma', 'Sigma', { hint: 'Of the natural log' }),
    whole('/max', 'At most', { placeholder: 'none' }),
  ]),
  keyed(
    'histogram',
    'histogram',
    [{ tokens: 128, weight: 1 }],
    [{ at: '', label: 'Weights', input: 'list', hint: '{ tokens: 128, weight: 3 }, …' }],
  ),
]

/** Kinds of a value that is itself a field of a kind. */
export const KINDS_WITHIN = { length: LENGTHS, turns: TURNS }

export const PROMPTS: Kind[] = [
  keyed('synthetic', 'made-up text', { inputTokens: 128, outputTokens: 64 }, [
    { at: '/inputTokens', label: 'Input tokens', input: 'length' },
    { at: '/outputTokens', label: 'Output tokens', input: 'length' },
  ]),
  keyed(
    'prefixGroups',
    'groups that begin alike',
    { groups: 8, prefixTokens: 512, suffixTokens: 64, outputTokens: 64 },
    [
      whole('/groups', 'Groups', { hint: 'Distinct beginnings, in turn' }),
      whole('/prefixTokens', 'Shared tokens'),
      whole('/suffixTokens', 'Own tokens'),
      { at: '/outputTokens', label: 'Output tokens', input: 'length' },
    ],
  ),
  keyed('multiTurn', 'conversations', { turns: 4, inputTokens: 64, outputTokens: 64 }, [
    { at: '/turns', label: 'Turns', input: 'turns' },
    { at: '/inputTokens', label: 'Input tokens', input: 'length' },
    { at: '/outputTokens', label: 'Output tokens', input: 'length' },
    text('/think', 'Time between turns', { optional: true, placeholder: 'none', hint: '500ms, 5s' }),
  ]),
  keyed('dataset', 'a file of requests', { format: 'sharegpt', file: '' }, [
    choice('/format', 'Format', {
      sharegpt: 'ShareGPT: conversations',
      mooncake: 'Mooncake: lengths, times, prefixes',
      burstgpt: 'BurstGPT: lengths and times',
      requests: 'OpenAI requests, one a line',
    }),
    text('/file', 'File', { hint: 'Its path on the host that sends the load' }),
  ]),
]

const RANDOM = { poisson: 'Poisson', constant: 'evenly spaced' }
const CAP = whole('/maxConcurrency', 'Most in flight', { placeholder: 'no limit' })
/** What stands beside the key of a kind of load. */
const beside = (kind: Kind, ...fields: FieldOfKind[]): Kind => ({
  ...kind,
  fields: [...kind.fields, ...fields],
})

export const LOADS: Kind[] = [
  keyed('concurrency', 'busy streams', 4, [whole('', 'Streams')]),
  beside(
    keyed('rate', 'a rate', 4, [number('', 'Requests per second')]),
    choice('/arrivals', 'Arrivals', { ...RANDOM, gamma: 'gamma' }),
    number('/burstiness', 'Burstiness', {
      placeholder: '1',
      hint: '1 is Poisson, below it burstier',
      when: ({ arrivals }) => arrivals === 'gamma',
    }),
    CAP,
  ),
  beside(
    keyed('ramp', 'a rate that grows', { from: 1, to: 8 }, [
      number('/from', 'Requests per second at first'),
      number('/to', 'At last'),
      choice('/shape', 'Growth', { linear: 'linear', exponential: 'exponential' }),
    ]),
    choice('/arrivals', 'Arrivals', RANDOM),
    CAP,
  ),
  beside(
    keyed('bursts', 'bursts', { rate: 16, on: '2s', off: '8s' }, [
      number('/rate', 'Requests per second in a burst'),
      text('/on', 'Length of a burst', { hint: '500ms, 2s' }),
      text('/off', 'Until the next'),
      number('/rateBetween', 'Requests per second between', { placeholder: '0' }),
    ]),
    choice('/arrivals', 'Arrivals', RANDOM),
    CAP,
  ),
  keyed('capacity', 'the most that meets the limits', { upTo: 64 }, [
    number('/upTo', 'Up to'),
    number('/from', 'From', { placeholder: 'a 64th of that' }),
    choice('/of', 'Varied', { concurrency: 'busy streams', rate: 'requests per second' }),
    number('/attainment', 'Share that meets the limits', { placeholder: '0.9' }),
    number('/precision', 'Width of the interval', { placeholder: '0.05', hint: 'relative' }),
  ]),
  beside(
    keyed('trace', 'the times of the dataset', {}, [
      number('/speedUp', 'Times as fast', { placeholder: '1' }),
    ]),
    CAP,
  ),
]

/** A kind that is told by its name. */
const named = (name: string, words: string, start: JsonObject, fields: FieldOfKind[]): Kind => ({
  name,
  text: words,
  matches: (value) => isObject(value) && value.kind === name,
  start: { kind: name, ...start },
  fields,
})
const memory = text('/memory', 'Memory limit', { optional: true, placeholder: 'none', hint: '16GiB' })

export const RUNTIMES: Kind[] = [
  {
    ...named('process', 'a process', {}, [memory]),
    matches: (value) => value === undefined || (isObject(value) && value.kind === 'process'),
  },
  named('docker', 'a Docker container', { image: '' }, [
    text('/image', 'Image'),
    choice('/pull', 'Pull it', { missing: 'if it is missing', always: 'always', never: 'never' }),
    text('/program', 'Program', { optional: true, placeholder: "the image's entrypoint" }),
    memory,
    text('/sharedMemory', 'Shared memory', { optional: true, hint: 'Size of /dev/shm: 8GiB' }),
    {
      at: '/volumes',
      label: 'Volumes',
      input: 'list',
      hint: '{ host: /models, container: /models }, …',
    },
  ]),
  named('command', 'a command of mine', { command: ['{engine}'] }, [
    { at: '/command', label: 'Command', input: 'list', hint: 'numactl, "-N0", "{engine}"' },
  ]),
  named('slurm', 'a job of Slurm', { program: '' }, [
    text('/program', 'Program', { hint: 'As the nodes find it' }),
    choice('/gpus', 'Ask for GPUs', 'switch'),
    { at: '/options', label: 'Options of sbatch', input: 'list', hint: '"--partition=gpu"' },
  ]),
  named('endpoint', 'it runs already', { url: '' }, [
    text('/url', 'Address', { hint: 'Without /v1: http://host:8000' }),
  ]),
]
