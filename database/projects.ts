import { sql, type Selectable, type Transaction } from 'kysely'
import type { DeviceQuotas } from '../domain/allocation.ts'
import type { Reach } from '../domain/project.ts'
import type { Quotas } from '../domain/quotas.ts'
import type { Connection, Database } from './connect.ts'
import { IS_DEVICE } from './is-device.ts'
import type { ProjectsTable, Schema } from './schema.ts'

/** Tunings that count against the quota, as their index has it: a paused one holds no devices. */
const COUNTED = sql<boolean>`state in ('pending', 'running', 'cancelling')`

/** A project with its members by name, the tunings that count against its quota, and the devices that it holds. */
export type StoredProject = Selectable<ProjectsTable> & {
  members: string[]
  running: number
  held: number
}

/** Returns the projects within reach, by name. */
export async function listProjects(db: Connection, reach: Reach): Promise<StoredProject[]> {
  return db
    .selectFrom('projects')
    .selectAll()
    .select([
      sql<string[]>`array(select user_name from project_members where project = projects.name order by 1)`.as(
        'members',
      ),
      sql<number>`(select count(*)::int from tunings
        where project = projects.name and ${COUNTED})`.as('running'),
      // Looked up for each lease: joined, all tunings would be read.
      sql<number>`(select count(*)::int from leases where ${IS_DEVICE}
        and (select project from tunings where id = tuning_id) = projects.name)`.as('held'),
    ])
    .$if(reach !== null, (query) => query.where('name', '=', sql<string>`any(${reach})`))
    .orderBy('name')
    .execute()
}

/** Returns the names of all projects. */
export async function listProjectNames(db: Connection): Promise<string[]> {
  const rows = await db.selectFrom('projects').select('name').orderBy('name').execute()
  return rows.map(({ name }) => name)
}

export async function findProject(db: Connection, name: string): Promise<Selectable<ProjectsTable> | null> {
  return (await db.selectFrom('projects').selectAll().where('name', '=', name).executeTakeFirst()) ?? null
}

const columnsOf = ({ devices, runningTunings }: Partial<Quotas>) => ({
  ...(devices !== undefined && { devices }),
  ...(runningTunings !== undefined && { running_tunings: runningTunings }),
})

/** Makes a project without the quotas that are not named; false when there is one of this name. */
export async function createProject(db: Connection, name: string, quotas: Partial<Quotas>): Promise<boolean> {
  const made = await db
    .insertInto('projects')
    .values({ name, ...columnsOf(quotas) })
    .onConflict((conflict) => conflict.doNothing())
    .returning('name')
    .executeTakeFirst()
  return made !== undefined
}

/** Sets those quotas that are named, one at least; false when there is no such project. */
export async function setQuotas(db: Connection, name: string, quotas: Partial<Quotas>): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('projects')
    .set(columnsOf(quotas))
    .where('name', '=', name)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Deletes a project that has no tunings and no schedules; deleted tunings are gone with it. */
export async function deleteProject(db: Database, name: string): Promise<'deleted' | 'missing' | 'in_use'> {
  try {
    return await db.transaction().execute(async (trx) => {
      await trx
        .deleteFrom('tunings')
        .where('project', '=', name)
        .where('deleted_at', 'is not', null)
        .execute()
      const { numDeletedRows } = await trx.deleteFrom('projects').where('name', '=', name).executeTakeFirst()
      return numDeletedRows > 0n ? 'deleted' : 'missing'
    })
  } catch (error) {
    if (isReferenced(error)) return 'in_use'
    throw error
  }
}

/** Takes a user into a project, where both are there; who is in it stays. */
export async function addMember(
  db: Connection,
  project: string,
  user: string,
): Promise<'member' | 'no_such_user'> {
  try {
    await db
      .insertInto('project_members')
      .values({ project, user_name: user })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    return 'member'
  } catch (error) {
    if (isReferenced(error)) return 'no_such_user'
    throw error
  }
}

/** Takes a user out of a project; false when they were not in it. */
export async function removeMember(db: Connection, project: string, user: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('project_members')
    .where('project', '=', project)
    .where('user_name', '=', user)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Takes a user into projects and out of others, where these are there. */
export async function setMemberships(
  db: Database,
  user: string,
  memberships: ReadonlyMap<string, boolean>,
): Promise<void> {
  if (memberships.size === 0) return
  const projects = (member: boolean) =>
    [...memberships].filter(([, isMember]) => isMember === member).map(([project]) => project)
  await db.transaction().execute(async (trx) => {
    await sql`insert into project_members (user_name, project)
      select ${user}, name from projects where name = any(${projects(true)})
      on conflict do nothing`.execute(trx)
    await trx
      .deleteFrom('project_members')
      .where('user_name', '=', user)
      .where('project', '=', sql<string>`any(${projects(false)})`)
      .execute()
  })
}

/** A foreign key that has nothing to point at, or is pointed at. */
function isReferenced(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23503'
}

/** Returns the project of a tuning or a schedule; null when it is not there. */
export async function findProjectOf(
  db: Connection,
  table: 'tunings' | 'schedules',
  id: string,
): Promise<string | null> {
  const row = await db.selectFrom(table).select('project').where('id', '=', id).executeTakeFirst()
  return row?.project ?? null
}

/** Returns how many devices those projects may hold whose devices are limited. */
export async function listDeviceQuotas(db: Connection): Promise<DeviceQuotas> {
  const rows = await db
    .selectFrom('projects')
    .select(['name', 'devices'])
    .where('devices', 'is not', null)
    .execute()
  return new Map(rows.map(({ name, devices }) => [name, devices ?? Infinity]))
}

/** As many tunings of a project run as may. */
export class QuotaReachedError extends Error {
  constructor(project: string, quota: number, running: { id: string; name: string; owner: string | null }[]) {
    const list = running.map(
      ({ id, name, owner }) => `"${name}" (${id}${owner === null ? '' : `, ${owner}'s`})`,
    )
    const taken =
      quota === 0
        ? 'no tunings'
        : `${quota} ${quota === 1 ? 'tuning' : 'tunings'} at a time, and that many run: ${list.join(', ')}`
    super(
      `the project ${project} may run ${taken}; wait until one ends, pause or cancel one, or have an admin ` +
        `raise the quota (redline project quota ${project} --running-tunings ${quota + 1})`,
    )
  }
}

/** Tunings that are named when a quota is reached. */
const NAMED = 10

/**
 * Throws {@link QuotaReachedError} when there is no place in a project for one of its tunings besides those that run or
 * are about to. Those who ask at the same time are asked one after the other, until their transaction ends.
 */
export async function requirePlace(
  trx: Transaction<Schema>,
  project: string,
  tuningId: string,
): Promise<void> {
  const limited = await trx
    .selectFrom('projects')
    .select('running_tunings')
    .where('name', '=', project)
    .where('running_tunings', 'is not', null)
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (limited?.running_tunings == null) return
  const quota = limited.running_tunings
  const others = await trx
    .selectFrom('tunings')
    .select(['id', 'name', 'owner'])
    .where('project', '=', project)
    .where((eb) => eb.or([COUNTED, eb('place_until', '>', new Date())]))
    .where('id', '!=', tuningId)
    .orderBy('created_at')
    .execute()
  if (others.length >= quota)
    throw new QuotaReachedError(project, quota, others.slice(0, Math.min(quota, NAMED)))
}

/** How long a place is kept should nobody say what came of it. */
const PLACE_KEPT_MS = 30_000

/** A tuning that is not there, or no longer. */
export class TuningGoneError extends Error {}

/**
 * Keeps a place for a tuning while `resume` makes it run again, so that of several at once no more run than may. Throws
 * {@link QuotaReachedError} when there is none, {@link TuningGoneError} when the tuning was deleted; until it is over it cannot be.
 */
export async function withPlace<T>(
  db: Database,
  { id, project }: { id: string; project: string },
  resume: () => Promise<T>,
): Promise<T> {
  const until = new Date(Date.now() + PLACE_KEPT_MS)
  await db.transaction().execute(async (trx) => {
    await requirePlace(trx, project, id)
    const { numUpdatedRows } = await trx
      .updateTable('tunings')
      .set({ place_until: until })
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw new TuningGoneError(`there is no tuning "${id}"`)
  })
  try {
    return await resume()
  } finally {
    // Who asked for the same tuning later keeps the place.
    await db
      .updateTable('tunings')
      .set({ place_until: null })
      .where('id', '=', id)
      .where('place_until', '=', until)
      .execute()
  }
}
