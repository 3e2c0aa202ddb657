import { trace } from '@opentelemetry/api'
import { pino, type Logger } from 'pino'
import { readPart } from '../runtimes/log-file.ts'

const END_BYTES = 512 * 1024

/** Creates the logger of a process: JSON lines on standard error. */
export function createLogger(process: 'api' | 'worker' | 'service', level: string): Logger {
  const timestamp = pino.stdTimeFunctions.isoTime
  return pino({ level, base: { process }, timestamp, mixin: traceIds }, pino.destination(2))
}

/** The names that OpenTelemetry gives them in logs. */
function traceIds(): object {
  const { traceId: trace_id, spanId: span_id } = trace.getActiveSpan()?.spanContext() ?? {}
  return trace_id === undefined ? {} : { trace_id, span_id }
}

/** Returns the end of the log of a process. */
export async function endOfLog(path: string): Promise<string> {
  return (await readPart(path, -END_BYTES, END_BYTES)).toString('utf8')
}
