import { dirname } from 'node:path'
import { messageOf } from '../domain/message-of.ts'

/** A command that cannot do what was asked; its message is all that people see. */
export class CommandFailure extends Error {}

/** Says why a file could not be written. */
export function cannotWrite(file: string, error: unknown): string {
  const noFolder = error instanceof Error && 'code' in error && error.code === 'ENOENT'
  return `cannot write ${file}: ${noFolder ? `there is no folder ${dirname(file)}` : messageOf(error)}`
}
