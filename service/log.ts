import { pino, type Logger } from 'pino'
import { readPart } from '../runtimes/log-file.ts'

const END_BYTES = 512 * 1024

/** Creates the logger of a process: JSON lines on standard error. */
export function createLogger(process: 'api' | 'worker' | 'service', level: string): Logger {
  return pino({ level, base: { process }, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2))
}

/** Returns the end of the log of a process. */
export async function endOfLog(path: string): Promise<string> {
  return (await readPart(path, -END_BYTES, END_BYTES)).toString('utf8')
}
