import { z } from 'zod'
import type { Configuration } from '../domain/parameter.ts'
import { checkRules, configurationKey } from '../domain/space.ts'
import { SearchMethod } from '../domain/tuning.ts'
import type { Bound, Prediction, Trial } from './problem.ts'
import { openSearch, type Search } from './suggest.ts'
import { translateProblem, TunerProblem, type Translated } from './tuner-problem.ts'

/** What a measurement that was cut short says of a metric. */
const TellBound = z.union([z.strictObject({ at_least: z.number() }), z.strictObject({ at_most: z.number() })])

const Tell = z.discriminatedUnion('status', [
  z.object({
    op: z.literal('tell'),
    id: z.string(),
    status: z.literal('ok'),
    metrics: z.record(z.string(), z.number().nullable()),
    bounds: z.record(z.string(), TellBound).optional(),
    cost_s: z.number().nullable().optional(),
  }),
  z.object({
    op: z.literal('tell'),
    id: z.string(),
    status: z.enum(['failed', 'invalid']),
    error: z.string().max(1000).default('unknown'),
    stage: z.string().nullable().optional(),
    cost_s: z.number().nullable().optional(),
  }),
])

const Line = z.discriminatedUnion('op', [
  z.object({
    op: z.literal('problem'),
    problem: TunerProblem,
    seed: z.int().min(0).default(1),
    method: SearchMethod.default('model'),
  }),
  z.object({ op: z.literal('ask'), count: z.int().min(1).max(1000).default(1) }),
  Tell,
])

/** An answer to one line. */
type Answer = Record<string, unknown>

interface Given {
  configuration: Configuration
  outcome: Trial['outcome']
}

/**
 * A search that is driven from outside by JSON lines: `problem`, `ask` and `tell`. It keeps the history, the search
 * itself keeps nothing. A line that cannot be used is answered with an error and changes nothing.
 */
export class AskTell {
  #translated: Translated | null = null
  #seed = 1
  #method: SearchMethod = 'model'
  #given: Given[] = []
  #search: Search | null = null

  /** Answers one line. */
  answer(line: string): Answer {
    let json: unknown
    try {
      json = parseLine(line)
    } catch {
      return { error: 'not JSON' }
    }
    const parsed = Line.safeParse(json)
    if (!parsed.success) return { error: described(parsed.error) }
    switch (parsed.data.op) {
      case 'problem':
        return this.#open(parsed.data)
      case 'ask':
        return this.#ask(parsed.data.count)
      case 'tell': {
        const { id } = parsed.data
        const outcome: Trial['outcome'] =
          parsed.data.status === 'ok'
            ? {
                status: 'measured',
                metrics: parsed.data.metrics,
                ...(parsed.data.bounds === undefined ? {} : { bounds: readBounds(parsed.data.bounds) }),
              }
            : { status: 'failed', kind: parsed.data.error }
        return this.#tell(id, outcome)
      }
    }
  }

  #open({ problem, seed, method }: { problem: TunerProblem; seed: number; method: SearchMethod }): Answer {
    const translated = translateProblem(problem)
    if (typeof translated === 'string') return { error: translated }
    const { space, rules, fixed } = translated.problem
    const [finding] = checkRules(space, rules, fixed)
    if (finding !== undefined) return { error: `${finding.path.join('.')}: ${finding.message}` }
    this.#translated = translated
    this.#seed = seed
    this.#method = method
    this.#given = []
    this.#search = null
    return { ok: true }
  }

  #ask(count: number): Answer {
    const translated = this.#translated
    if (translated === null) return { error: 'no problem yet: send {"op":"problem",...} first' }
    const suggestions = this.#current(translated)
      .suggest(count, this.#seed)
      .map(({ configuration, kind, reason, prediction, expectedGain }) => {
        const id = String(this.#given.length)
        this.#given.push({ configuration, outcome: { status: 'pending' } })
        return {
          id,
          config: translated.toOuter(configuration),
          reason: kind,
          text: reason,
          prediction: prediction === null ? null : spelled(prediction),
          expected_gain: expectedGain,
        }
      })
    this.#search = null
    return { suggestions }
  }

  #tell(id: string, outcome: Trial['outcome']): Answer {
    const translated = this.#translated
    if (translated === null) return { error: 'no problem yet: send {"op":"problem",...} first' }
    const index = this.#given.findIndex((_, place) => String(place) === id)
    const given = this.#given[index]
    if (given === undefined) return { error: `no suggestion has the id ${JSON.stringify(id)}` }
    if (given.outcome.status !== 'pending')
      return { error: `the suggestion ${JSON.stringify(id)} was told already` }
    this.#given[index] = { ...given, outcome }
    this.#search = null
    return { incumbent: this.#incumbent(translated) }
  }

  #incumbent(translated: Translated): Answer | null {
    const recommended = this.#current(translated).recommend()
    if (recommended === null) return null
    const key = configurationKey(recommended.configuration)
    const index = this.#given.findIndex(
      ({ configuration, outcome }) =>
        outcome.status === 'measured' && configurationKey(configuration) === key,
    )
    return {
      id: String(index),
      config: translated.toOuter(recommended.configuration),
      prediction: spelled(recommended.prediction),
    }
  }

  /** The search over what is known now; made once for a tell and the ask after it. */
  #current({ problem }: Translated): Search {
    this.#search ??= openSearch(problem, this.#given, this.#method)
    return this.#search
  }
}

function readBounds(told: Record<string, z.infer<typeof TellBound>>): Record<string, Bound> {
  return Object.fromEntries(
    Object.entries(told).map(([metric, bound]): [string, Bound] => [
      metric,
      'at_least' in bound ? { op: '>=', value: bound.at_least } : { op: '<=', value: bound.at_most },
    ]),
  )
}

/** Programs in other languages write NaN and Infinity, which JSON has no word for: they count as no value. */
function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    const repaired = line.replaceAll(/(:\s*)(?:-?Infinity|NaN)(?=\s*[,}])/g, '$1null')
    if (repaired === line) throw error
    return JSON.parse(repaired)
  }
}

function described(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ')
}

function spelled({ objectives, probabilityFeasible, probabilityFailure }: Prediction): Answer {
  return {
    objectives: Object.fromEntries(objectives.map(({ metric, mean, sd }) => [metric, { mean, sd }])),
    probability_feasible: probabilityFeasible,
    probability_failure: probabilityFailure,
  }
}
