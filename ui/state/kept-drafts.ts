import type { InitialRequest } from './initial-request.ts'

/** As long as the page lives, and no longer: a request may hold secrets. */
const drafts = new Map<string, InitialRequest>()

/** Keeps what was changed of a new request, under the tuning that it came from (empty: the demo); null forgets it. */
export function keepDraft(from: string, draft: InitialRequest | null): void {
  if (draft === null) drafts.delete(from)
  else drafts.set(from, draft)
}

/** Returns what was kept; undefined when nothing was. */
export function keptDraft(from: string): InitialRequest | undefined {
  return drafts.get(from)
}
