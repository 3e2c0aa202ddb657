import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'

/** Attributes by which workflows are found in Temporal's list, all keywords. */
export const SEARCH_ATTRIBUTES = {
  engine: defineSearchAttributeKey('RedlineEngine', SearchAttributeType.KEYWORD),
  model: defineSearchAttributeKey('RedlineModel', SearchAttributeType.KEYWORD),
  state: defineSearchAttributeKey('RedlineState', SearchAttributeType.KEYWORD),
  owner: defineSearchAttributeKey('RedlineOwner', SearchAttributeType.KEYWORD),
}
