import { percent } from '../domain/figures.ts'
import { metricLabel, metricUnit } from '../domain/metric-words.ts'
import type { Configuration } from '../domain/parameter.ts'
import type { Prediction, ReasonKind } from './problem.ts'

const AIMS: Record<ReasonKind, string> = {
  start: 'the defaults',
  explore: 'little is known there',
  exploit: 'the largest expected gain',
  feasibility: 'the best chance to meet every limit',
  replicate: 'measure one of the best again',
}

/** Says why a configuration is suggested: the aim, what it changes of the best so far, what is expected of it. */
export function explain(
  kind: ReasonKind,
  configuration: Configuration,
  prediction: Prediction | null,
  best: Configuration | null,
): string {
  const names = [...new Set([...Object.keys(configuration), ...Object.keys(best ?? {})])]
  const changes =
    best === null
      ? []
      : names
          .filter((name) => configuration[name] !== best[name])
          .map((name) => `${name} ${text(best[name])} → ${text(configuration[name])}`)
  const shown = changes.length > 4 ? [...changes.slice(0, 3), `${changes.length - 3} more`] : changes
  const changed = shown.length > 0 ? [shown.join(', ')] : []
  if (prediction === null) return [`${kind}: nothing has run yet`, ...changed].join('; ')
  const { objectives, probabilityFeasible, probabilityFailure } = prediction
  return [
    `${kind}: ${AIMS[kind]}`,
    ...changed,
    `expects ${objectives.map(expectation).join(', ')}`,
    `meets the limits ${percent(probabilityFeasible)}, fails ${percent(probabilityFailure)}`,
  ].join('; ')
}

/** Writes what is expected of a metric: `TTFT p90 812 ± 40 ms`. */
function expectation({ metric, mean, sd }: Prediction['objectives'][number]): string {
  const [label, unit] = [metricLabel(metric), metricUnit(metric)]
  const value = `${label} ${rounded(mean, 3)} ± ${rounded(sd, 2)}`
  return label.endsWith(unit) ? value : `${value} ${unit}`
}

function rounded(value: number, digits: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: digits })
}

function text(value: Configuration[string] | undefined): string {
  return value === undefined ? 'none' : String(value)
}
