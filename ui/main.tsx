import { formatDuration } from '../domain/duration.ts'
import { isFinished, refusal, objectiveMetric } from '../domain/tuning.ts'
import { METRIC_NAMES, METRIC_DESCRIPTIONS } from '../domain/metric.ts'
import { parseConstraint } from '../domain/constraint.ts'
console.log(formatDuration(3), isFinished('pending'), refusal, objectiveMetric, METRIC_NAMES, METRIC_DESCRIPTIONS, parseConstraint)
