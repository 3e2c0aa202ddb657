import { DiagnosisKind, DIAGNOSIS_MEANINGS } from '../../domain/diagnosis.ts'
import { LATENCIES, LATENCY_METRICS, METRIC_DESCRIPTIONS, METRIC_NAMES } from '../../domain/metric.ts'
import { metricUnit } from '../../domain/metric-words.ts'
import { Outcome, OUTCOME_MEANINGS } from '../../domain/measurement.ts'
import { code, page, plain, table } from './markdown.ts'

/** Writes the page of the metrics that an objective and constraints can name. */
export function metricsPage(): string {
  const latencyNames = new Set<string>(LATENCY_METRICS.map(({ name }) => name))
  const others = METRIC_NAMES.filter((name) => !latencyNames.has(name))
  return page(
    'Metrics',
    'What `objective` and `constraints` can name. [Measurement](../measurement.md) has the formulas by the instants of a request, and what other tools call each; limits are judged with each failed request infinitely late.',
    '## Of the run',
    table(
      ['metric', 'unit', 'meaning'],
      others.map((name) => [code(name), metricUnit(name) || 'share', plain(METRIC_DESCRIPTIONS[name] ?? '')]),
    ),
    '## Latencies',
    'In milliseconds, each as mean and as percentiles.',
    table(
      ['metrics', 'meaning'],
      Object.entries(LATENCIES).map(([latency, meaning]) => [
        LATENCY_METRICS.filter((metric) => metric.latency === latency)
          .map(({ name }) => code(name))
          .join(' '),
        plain(meaning),
      ]),
    ),
  )
}

/** Writes the page of how requests and experiments can end. */
export function outcomesPage(): string {
  return page(
    'Outcomes',
    '## Of a request',
    'Each request has exactly one; only `ok` counts as success.',
    table(
      ['outcome', 'meaning'],
      Outcome.options.map((outcome) => [code(outcome), plain(OUTCOME_MEANINGS[outcome])]),
    ),
    '## Of an experiment that failed',
    'The diagnosis: [what helps](../troubleshooting.md#an-experiment-fails).',
    table(
      ['diagnosis', 'meaning'],
      DiagnosisKind.options.map((kind) => [code(kind), plain(DIAGNOSIS_MEANINGS[kind])]),
    ),
  )
}
