import { sql, type Selectable } from 'kysely'
import type { Role } from '../domain/access.ts'
import type { Connection, Database } from './connect.ts'
import type { UsersTable } from './schema.ts'

export type StoredUser = Selectable<UsersTable>

/** Failed sign-ins before a user has to wait; the wait doubles with each further one. */
const FREE_FAILURES = 5
const FIRST_WAIT_S = 30
const LONGEST_WAIT_S = 3600

export async function hasUsers(db: Connection): Promise<boolean> {
  return (await db.selectFrom('users').select('name').limit(1).executeTakeFirst()) !== undefined
}

export async function findUser(db: Connection, name: string): Promise<StoredUser | null> {
  return (await db.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst()) ?? null
}

/** Whether who owns something was deleted; what nobody owned, or without users, is nobody's. */
export async function isOwnerGone(db: Connection, owner: string | null): Promise<boolean> {
  return owner !== null && (await hasUsers(db)) && (await findUser(db, owner)) === null
}

export async function listUsers(db: Connection): Promise<Pick<StoredUser, 'name' | 'role' | 'created_at'>[]> {
  return db.selectFrom('users').select(['name', 'role', 'created_at']).orderBy('name').execute()
}

/** Stores an invitation; its secret is known to who asked for it alone. Of those that the service gave the last counts. */
export async function createInvitation(
  db: Connection,
  invitation: { hash: string; role: Role; expires_at: Date; invited_by: string | null },
): Promise<void> {
  await db
    .deleteFrom('invitations')
    .where((is) =>
      is.or([
        is('expires_at', '<', sql<Date>`now()`),
        ...(invitation.invited_by === null ? [is('invited_by', 'is', null)] : []),
      ]),
    )
    .execute()
  await db.insertInto('invitations').values(invitation).execute()
}

/** Makes a user of an invitation, which is used up. */
export async function acceptInvitation(
  db: Database,
  { hash, name, passwordHash }: { hash: string; name: string; passwordHash: string },
): Promise<'created' | 'not_invited' | 'name_taken'> {
  return db.transaction().execute(async (transaction) => {
    const invitation = await transaction
      .selectFrom('invitations')
      .select('role')
      .where('hash', '=', hash)
      .where('expires_at', '>', sql<Date>`now()`)
      .where((is) =>
        is.or([
          // What the service itself gave makes its owner, and nobody once it has users.
          is.and([is('invited_by', 'is', null), is.not(is.exists(is.selectFrom('users').select('name')))]),
          is('invited_by', 'in', is.selectFrom('users').select('name').where('role', '=', 'admin')),
        ]),
      )
      .forUpdate()
      .executeTakeFirst()
    if (invitation === undefined) return 'not_invited'
    const user = await transaction
      .insertInto('users')
      .values({ name, role: invitation.role, password_hash: passwordHash, subject: null })
      .onConflict((conflict) => conflict.doNothing())
      .returning('name')
      .executeTakeFirst()
    if (user === undefined) return 'name_taken'
    await transaction.deleteFrom('invitations').where('hash', '=', hash).execute()
    return 'created'
  })
}

/** Fits no password. */
const NO_PASSWORD = 'none'

/** Returns the user that the provider knows by this subject, with the role that it has now; a new one is made. */
export async function admitFromProvider(
  db: Database,
  { subject, name, role }: { subject: string; name: string; role: Role },
): Promise<{ name: string } | 'name_taken' | 'admin_first'> {
  const known = await db
    .updateTable('users')
    .set({ role })
    .where('subject', '=', subject)
    .returning('name')
    .executeTakeFirst()
  if (known !== undefined) return known
  if (role !== 'admin' && !(await hasUsers(db))) return 'admin_first'
  const made = await db
    .insertInto('users')
    .values({ name, role, subject, password_hash: NO_PASSWORD })
    .onConflict((conflict) => conflict.doNothing())
    .returning('name')
    .executeTakeFirst()
  return made ?? 'name_taken'
}

/** Counts a failed sign-in; after some of them the user has to wait before the next. */
export async function countFailedSignIn(db: Connection, name: string): Promise<void> {
  await db
    .updateTable('users')
    .set({
      failed_sign_ins: sql`failed_sign_ins + 1`,
      locked_until: sql`case when failed_sign_ins + 1 < ${FREE_FAILURES} then null else
        now() + interval '1 second' * least(${LONGEST_WAIT_S}, ${FIRST_WAIT_S} * power(2, least(failed_sign_ins + 1 - ${FREE_FAILURES}, 20))) end`,
    })
    .where('name', '=', name)
    .execute()
}

export async function forgetFailedSignIns(db: Connection, name: string): Promise<void> {
  await db
    .updateTable('users')
    .set({ failed_sign_ins: 0, locked_until: null })
    .where('name', '=', name)
    .where('failed_sign_ins', '>', 0)
    .execute()
}

/** Sets a new password and ends every session and token of its user. */
export async function setPassword(db: Database, name: string, passwordHash: string): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('users')
      .set({ password_hash: passwordHash })
      .where('name', '=', name)
      .execute()
    await transaction.deleteFrom('sessions').where('user_name', '=', name).execute()
    await transaction.deleteFrom('tokens').where('user_name', '=', name).execute()
  })
}

/** Changes a user's role, or removes the user with sessions and tokens; never the last admin. */
export async function changeUser(
  db: Database,
  name: string,
  change: { role: Role } | 'remove',
): Promise<'changed' | 'missing' | 'last_admin'> {
  return db.transaction().execute(async (transaction) => {
    // Locked all, so that two admins cannot remove each other at once.
    const admins = await transaction
      .selectFrom('users')
      .select('name')
      .where('role', '=', 'admin')
      .forUpdate()
      .execute()
    const isLast = admins.length === 1 && admins[0]?.name === name
    if (isLast && (change === 'remove' || change.role !== 'admin')) return 'last_admin'
    const changed =
      change === 'remove'
        ? await transaction.deleteFrom('users').where('name', '=', name).returning('name').executeTakeFirst()
        : await transaction
            .updateTable('users')
            .set(change)
            .where('name', '=', name)
            .returning('name')
            .executeTakeFirst()
    return changed === undefined ? 'missing' : 'changed'
  })
}
