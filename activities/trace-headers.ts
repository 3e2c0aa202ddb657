import { context, propagation } from '@opentelemetry/api'

/** Returns the headers that put requests into the trace of what runs now; none where nothing is traced. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {}
  propagation.inject(context.active(), headers)
  return headers
}
