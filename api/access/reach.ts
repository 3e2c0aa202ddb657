import type { Request } from 'express'
import type { Database } from '../../database/connect.ts'
import { findProject, findProjectOf } from '../../database/projects.ts'
import { isWithin, type Reach } from '../../domain/project.ts'
import { noProject, noSchedule, noTuning } from '../missing.ts'
import { neededRole, type Route } from '../route.ts'
import { principalOf, requireRole } from './identity.ts'
import type { Principal } from './principal.ts'

/** What belongs to a project, and by which paths it is reached. */
const OWNED = [
  { path: '/tunings/:id', table: 'tunings', missing: noTuning },
  { path: '/schedules/:id', table: 'schedules', missing: noSchedule },
] as const

/** How many tunings and schedules are remembered with their project, which they never leave. */
const MOST = 100_000

/** Returns what refuses requests about what is in a project that who asks is not in, as if it were not there. */
export function hideOthers(db: Database): (route: Route, request: Request) => Promise<void> {
  const known = new Map<string, string>()

  async function projectOf(table: 'tunings' | 'schedules', id: string): Promise<string | null> {
    const project = known.get(`${table}/${id}`) ?? (await findProjectOf(db, table, id))
    if (known.size >= MOST) known.clear()
    if (project !== null) known.set(`${table}/${id}`, project)
    return project
  }

  return async (route, request) => {
    const reach = principalOf(request)?.projects ?? null
    if (reach === null) return
    const owned = OWNED.find(({ path }) => route.path.startsWith(path))
    if (owned === undefined) return
    const needed = neededRole(route)
    if (needed !== 'nothing') requireRole(request, needed)
    const id = String(request.params.id)
    // Before anything else is looked at: what is wrong with a request must not tell that it is there.
    const project = await projectOf(owned.table, id)
    if (project === null || !isWithin(reach, project)) owned.missing(id)
  }
}

/** Throws unless a project is there and who asks is in it. */
export async function requireProject(db: Database, { projects }: Principal, name: string) {
  const project = isWithin(projects, name) ? await findProject(db, name) : null
  return project ?? noProject(name)
}

/** Returns whose tunings are listed: those of one project, where that is asked for, within reach. */
export function listedProjects({ projects }: Principal, asked: string | undefined): Reach {
  if (asked === undefined) return projects
  return isWithin(projects, asked) ? [asked] : []
}
