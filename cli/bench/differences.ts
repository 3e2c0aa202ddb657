import { isDeepStrictEqual } from 'node:util'
import type { BenchResult } from '../../domain/bench-result.ts'

/** How long what differs may be in words. */
const MOST_CHARACTERS = 60

/** Says in a line each what differs in how two results were measured, beside where. */
export function differences(before: BenchResult, after: BenchResult): string[] {
  const told = before.asked !== undefined && after.asked !== undefined
  const [a, b] = [conditions(before, told), conditions(after, told)]
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  return [
    ...(told ? [] : ['a file of an earlier version does not tell how much was asked for: that may differ']),
    ...names
      .filter((name) => !isDeepStrictEqual(a[name], b[name]))
      .map((name) => `${name} differs: A has ${inWords(a[name])}, B ${inWords(b[name])}`),
  ]
}

/** Goodput and attainment mean something else under another SLO. */
export function haveSameSlo(before: BenchResult, after: BenchResult): boolean {
  return isDeepStrictEqual(before.slo.perRequest, after.slo.perRequest)
}

function conditions(result: BenchResult, told: boolean): Record<string, unknown> {
  const { target, workload, slo, asked, version } = result
  const { prompts, load, duration, warmup, requestTimeout, seed } = workload
  const byWorkload = !told || asked?.extent === null
  const { extent, timeoutsMs, extraBody, ...other } = asked ?? {}
  return {
    version,
    model: target.model,
    endpoint: target.endpoint,
    ...under('prompts', prompts),
    ...under('load', load),
    ...(byWorkload ? { duration, warmup } : {}),
    requestTimeout,
    seed,
    SLO: slo.perRequest,
    attainment: slo.attainmentWanted,
    'limits on figures': slo.constraints.map(({ constraint }) => constraint),
    ...(told ? { ...extent, ...other, ...under('timeout', timeoutsMs), ...under('body', extraBody) } : {}),
  }
}

/** Names each part, down to the first that is not an object. */
function under(name: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { [name]: value }
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) => Object.entries(under(`${name}.${key}`, part))),
  )
}

function inWords(value: unknown): string {
  if (value === undefined) return 'none'
  const text = JSON.stringify(value)
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
}
