import { DiagnosisKind, DIAGNOSIS_MEANINGS } from '../../domain/diagnosis.ts'
import { LATENCIES, LATENCY_METRICS, RUN_METRICS } from '../../domain/metric.ts'
import { Outcome, OUTCOME_MEANINGS } from '../../domain/measurement.ts'
import { code, page, plain, table } from './markdown.ts'

/** Writes the page of the metrics that an objective and constraints can name. */
export function metricsPage(): string {
  return page(
    'Metrics',
    'What `objective` and `constraints` can name. [Measurement](../measurement.md) has the formulas by the instants of a request, and what other tools call each; limits are judged with each failed request infinitely late.',
    '## Of the run',
    table(
      ['metric', 'unit', 'meaning'],
      RUN_METRICS.map(({ name, unit, meaning }) => [code(name), unit || 'share', plain(meaning)]),
    ),
    '## Latencies',
    'In milliseconds, each as mean and as percentiles.',
    table(
      ['metrics', 'meaning'],
      LATENCIES.map(({ name: latency, meaning }) => [
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
