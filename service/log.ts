import { pino, type Logger } from 'pino'

/** Creates the logger of a process: JSON lines on standard error. */
export function createLogger(process: 'api' | 'worker' | 'service', level: string): Logger {
  return pino({ level, base: { process }, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2))
}
