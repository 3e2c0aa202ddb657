import type { RequestSlo } from '../../domain/constraint.ts'
import type { RequestRecord } from '../../domain/measurement.ts'
import { Collector } from '../collector.ts'

/** Returns a collector that has taken in these records. */
export function collected(records: readonly RequestRecord[], slo: RequestSlo): Collector {
  const collector = new Collector(slo)
  for (const record of records)
    collector.add({ record, wanted: { inputTokens: null, outputTokens: null }, latenessMs: 0 })
  return collector
}
