import { metricDefinition, metricLabel } from '../../domain/metric-words.ts'

/** A metric's name for people; its own name and definition are in the title. */
export function MetricName(props: { name: string }) {
  return <span title={`${props.name}: ${metricDefinition(props.name)}`}>{metricLabel(props.name)}</span>
}
