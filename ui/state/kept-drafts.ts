import type { InitialRequest } from './initial-request.ts'
import { asJson, isObject } from './request-draft.ts'

/** As long as the page lives, and no longer: a request may hold secrets. */
const drafts = new Map<string, InitialRequest>()

const CARRIED = 'redline drafts'

/** Keeps what was changed of a new request, under the tuning that it came from (empty: the demo); null forgets it. */
export function keepDraft(from: string, draft: InitialRequest | null): void {
  if (draft === null) drafts.delete(from)
  else drafts.set(from, draft)
}

/** Returns what was kept; undefined when nothing was. */
export function keptDraft(from: string): InitialRequest | undefined {
  return drafts.get(from)
}

/** Leaves a user's drafts in the tab for the way through another site's sign-in, which ends the page. */
export function carryDrafts(user: string): void {
  if (drafts.size === 0) return
  const carried = [...drafts].map(([from, draft]) => ({ from, ...draft }))
  sessionStorage.setItem(CARRIED, JSON.stringify({ user, drafts: carried }))
}

/** Takes back what was carried, if it is this user's; the tab holds it no longer. */
export function takeDraftsBack(user: string): void {
  const carried = asJson(JSON.parse(sessionStorage.getItem(CARRIED) ?? 'null'))
  sessionStorage.removeItem(CARRIED)
  if (!isObject(carried) || carried.user !== user || !Array.isArray(carried.drafts)) return
  for (const draft of carried.drafts.filter(isObject)) {
    const { from, request, project } = draft
    if (typeof from === 'string' && isObject(request) && typeof project === 'string')
      keepDraft(from, { request, project })
  }
}
