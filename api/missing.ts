import type { Database } from '../database/connect.ts'
import { isDeleted } from '../database/deleted-tunings.ts'
import { HttpProblem } from './problems.ts'

export function noTuning(id: string): never {
  throw new HttpProblem(404, `there is no tuning "${id}": see \`redline list\``)
}

/** Says of a tuning that was deleted how it comes back; only to those who may see it. */
export async function noTuningNow(db: Database, id: string): Promise<never> {
  if (!(await isDeleted(db, id))) noTuning(id)
  throw new HttpProblem(
    404,
    `there is no tuning "${id}" now: it was deleted, and \`redline undelete ${id}\` brings it back`,
  )
}

export function noSchedule(id: string): never {
  throw new HttpProblem(404, `there is no schedule "${id}": see \`redline schedule list\``)
}

export function noProject(name: string): never {
  throw new HttpProblem(404, `there is no project "${name}": see \`redline project list\``)
}
