import { ApiError } from '../client/client.ts'
import { messageOf } from '../domain/message-of.ts'
import { harmless } from './format.ts'

const HOW_TO_SIGN_IN = 'a command takes its token from REDLINE_TOKEN, and Settings in the UI makes one'

/**
 * Says an error in the words that a person at a terminal needs: no stack, one line for each thing that is wrong, and
 * nothing in it that commands the terminal, as it may quote what others wrote.
 */
export function explainFailure(error: unknown): string {
  if (error instanceof ApiError) {
    const { detail, errors = [], status } = error.problem
    if (status === 401) return harmless(`${detail}; ${HOW_TO_SIGN_IN}`)
    const more = errors.slice(1).map(({ pointer, message }) => `\n  body${pointer}: ${message}`)
    return harmless(detail + more.join(''))
  }
  return harmless(messageOf(error))
}
