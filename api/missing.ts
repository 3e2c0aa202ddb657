import { HttpProblem } from './problems.ts'

export function noTuning(id: string): never {
  throw new HttpProblem(404, `there is no tuning "${id}"; GET /api/v1/tunings lists them`)
}

export function noSchedule(id: string): never {
  throw new HttpProblem(404, `there is no schedule "${id}"; GET /api/v1/schedules lists them`)
}

export function noProject(name: string): never {
  throw new HttpProblem(404, `there is no project "${name}"; GET /api/v1/projects lists yours`)
}
