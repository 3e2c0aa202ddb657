import { ApiError } from '../client/client.ts'
import { messageOf } from '../domain/message-of.ts'
import { harmless } from './format.ts'

/**
 * Says an error in the words that a person at a terminal needs: no stack, one line for each thing that is wrong, and
 * nothing in it that commands the terminal, as it may quote what others wrote.
 */
export function explainFailure(error: unknown): string {
  if (error instanceof ApiError) {
    const { detail, errors = [] } = error.problem
    const more = errors.slice(1).map(({ pointer, message }) => `\n  body${pointer}: ${message}`)
    return harmless(detail + more.join(''))
  }
  return harmless(messageOf(error))
}
