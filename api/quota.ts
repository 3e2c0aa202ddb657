import { QuotaReachedError } from '../database/projects.ts'
import { HttpProblem } from './problems.ts'

/** Answers 409 where a project may run no more tunings. */
export function refuseBeyondQuota(error: unknown): never {
  if (error instanceof QuotaReachedError) throw new HttpProblem(409, error.message)
  throw error
}
