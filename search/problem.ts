import type { Configuration } from '../domain/parameter.ts'
import type { Rule } from '../domain/rule.ts'
import type { Space } from '../domain/space.ts'

/** What is to be made better; one or two of them. */
export interface SearchObjective {
  metric: string
  direction: 'maximize' | 'minimize'
}

export interface SearchConstraint {
  metric: string
  op: '<=' | '>='
  limit: number
  /** As it was written, where it was. */
  text?: string
}

/** What is searched and what for. */
export interface SearchProblem {
  space: Space
  rules: Rule[]
  /** Values that are the same for every configuration. */
  fixed: Configuration
  objectives: SearchObjective[]
  constraints: SearchConstraint[]
  /** Where to start: the values that the parameters have without a search, as far as they are known. */
  defaults: Configuration
  /** What earlier searches of problems that may be similar tried. */
  earlier?: readonly (readonly Trial[])[]
}

/** What is known of a metric that was not measured to the end. */
export interface Bound {
  /** Its value is at least, or at most, this. */
  op: '>=' | '<='
  value: number
}

/** What came of a configuration. A failure is a kind, never a number. */
export type TrialOutcome =
  | { status: 'pending' }
  /** Tried, and nothing to be learned from it: it was excluded, or failed of something that is not its own. */
  | { status: 'void' }
  | {
      status: 'measured'
      metrics: Readonly<Record<string, number | null | undefined>>
      /** Of a measurement that was cut short: what it says of metrics that have no value. */
      bounds?: Readonly<Record<string, Bound>>
    }
  | { status: 'failed'; kind: string }

/** A configuration that was tried, or is being tried. */
export interface Trial {
  configuration: Configuration
  outcome: TrialOutcome
  /** How long it took, in seconds; null or left out where nobody knows. */
  costS?: number | null
}

/** Why a configuration is suggested. */
export type ReasonKind = 'start' | 'explore' | 'exploit' | 'feasibility' | 'replicate'

/** What the search expects of a configuration. */
export interface Prediction {
  /** Per objective, in its own unit, of the true value: noise comes on top. */
  objectives: { metric: string; mean: number; sd: number }[]
  /** That it meets every constraint, given that it runs. */
  probabilityFeasible: number
  /** That it does not run. */
  probabilityFailure: number
}

export interface Suggestion {
  configuration: Configuration
  kind: ReasonKind
  /** Why this configuration, for people to read. */
  reason: string
  /** Null while nothing is known that a prediction could rest on. */
  prediction: Prediction | null
  /**
   * What the best next measurement is expected to gain over the best so far, as a share of it (with two objectives of the
   * hypervolume of the front), the chances of running and of meeting the constraints considered; null where that is
   * unknown: nothing met the constraints yet, a repetition, methods that learn nothing.
   */
  expectedGain: number | null
}

/** What the search would use if it ended now. */
export interface Recommendation {
  configuration: Configuration
  prediction: Prediction
}
