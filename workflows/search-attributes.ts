import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common'

/** Attributes by which workflows are found in Temporal's list, all keywords. */
export const SEARCH_ATTRIBUTES = {
  engine: defineSearchAttributeKey('RedlineEngine', SearchAttributeType.KEYWORD),
  model: defineSearchAttributeKey('RedlineModel', SearchAttributeType.KEYWORD),
  state: defineSearchAttributeKey('RedlineState', SearchAttributeType.KEYWORD),
  owner: defineSearchAttributeKey('RedlineOwner', SearchAttributeType.KEYWORD),
}

/** Where nobody has to sign in, everything belongs to whoever is on the machine. */
const LOCAL = 'local'

/** Returns what Temporal is to know of a tuning that is started. */
export function newTuningAttributes({
  engine,
  model,
  owner,
}: {
  engine: string
  model: string
  owner: string | null
}): SearchAttributePair[] {
  return [
    { key: SEARCH_ATTRIBUTES.engine, value: engine },
    { key: SEARCH_ATTRIBUTES.model, value: model },
    { key: SEARCH_ATTRIBUTES.state, value: 'pending' },
    { key: SEARCH_ATTRIBUTES.owner, value: owner ?? LOCAL },
  ]
}
