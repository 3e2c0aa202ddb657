import { sql, type RawBuilder } from 'kysely'
import type { Outcome } from '../domain/outcomes.ts'

/** Puts the letter of an experiment into its tuning's `outcomes`; numbers that are not planned have a dot. */
export function withOutcome(number: number, outcome: Outcome): RawBuilder<string> {
  const place = sql`${number + 1}::integer`
  return sql`overlay(rpad(outcomes, greatest(length(outcomes), ${place}), '.') placing ${outcome}::text from ${place} for 1)`
}
