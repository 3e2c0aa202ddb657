import { constants } from 'node:os'

/** Returns the name of a signal's number; null when there is no such signal. */
export function signalName(number: number): string | null {
  return Object.entries(constants.signals).find(([, known]) => known === number)?.[0] ?? null
}
