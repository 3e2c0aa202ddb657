import { METRIC_NAMES } from '../../domain/metric.ts'
import { metricLabel } from '../../domain/metric-words.ts'

/** Every metric, to choose from. */
export const METRICS = METRIC_NAMES.map((name) => ({ value: name, text: metricLabel(name) }))
