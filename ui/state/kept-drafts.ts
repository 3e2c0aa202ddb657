import type { JsonObject } from './request-draft.ts'

/** As long as the page lives, and no longer: a request may hold secrets. */
const drafts = new Map<string, JsonObject>()

/** Keeps what was changed of a new request, under the tuning that it came from (empty: the demo); null forgets it. */
export function keepDraft(from: string, draft: JsonObject | null): void {
  if (draft === null) drafts.delete(from)
  else drafts.set(from, draft)
}

/** Returns what was kept; undefined when nothing was. */
export function keptDraft(from: string): JsonObject | undefined {
  return drafts.get(from)
}
