import { gainOver } from './figures.ts'

/** What another limit would buy. */
export interface TradeOff {
  constraint: string
  metric: string
  limit: number
  /** The limit at which that experiment would be allowed. */
  needed: number
  /** Its objective over that of the best, turned so that above 1 is better. */
  ratio: number
  experiment: number
}

interface Judged {
  constraint: string
  metric: string
  value: number | null
  limit: number
  holds: boolean
}

/** An experiment, as far as a trade-off needs it. */
interface Tried {
  number: number
  kind: string
  excluded: boolean
  objective: number | null
  result: { status: 'measured'; constraints: Judged[] } | { status: 'failed' } | null
}

interface Outcome {
  objective: { metric: string; higherIsBetter: boolean }
  best: { metrics: Partial<Record<string, number | null>> | null } | null
}

/** How many steps beyond each limit are told. */
const STEPS = 3
/** A step that buys less than this is not worth telling. */
const WORTH = 1.01

/**
 * Lists what relaxing one limit would buy: experiments that break no other limit and are better than the best (than what
 * comes closest, where nothing met the limits), each better than all that need less. Single measurements: what they say
 * is a reason to try, not a proof.
 */
export function tradeOffs({ objective, best }: Outcome, experiments: Tried[]): TradeOff[] {
  const reached = best?.metrics?.[objective.metric] ?? null
  const candidates = experiments.flatMap(({ number, kind, excluded, objective: value, result }) => {
    if (result?.status !== 'measured' || excluded || kind === 'confirmation') return []
    const [only, ...others] = result.constraints.filter(({ holds }) => !holds)
    const ratio = gainOver(reached, value, objective.higherIsBetter)
    if (only === undefined || others.length > 0 || only.value === null || ratio === null) return []
    const { constraint, metric, limit, value: needed } = only
    return [{ constraint, metric, limit, needed, ratio, experiment: number }]
  })
  const constraints = [...new Set(candidates.map(({ constraint }) => constraint))]
  return constraints.flatMap((constraint) => {
    const beyond = candidates
      .filter((candidate) => candidate.constraint === constraint)
      .toSorted((a, b) => Math.abs(a.needed - a.limit) - Math.abs(b.needed - b.limit) || b.ratio - a.ratio)
    const steps: TradeOff[] = []
    for (const candidate of beyond) {
      if (candidate.ratio >= (steps.at(-1)?.ratio ?? 1) * WORTH) steps.push(candidate)
    }
    return steps.slice(0, STEPS)
  })
}
