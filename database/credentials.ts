import { sql, type Selectable } from 'kysely'
import { allows, type Role } from '../domain/access.ts'
import { DEFAULT_PROJECT, type Reach } from '../domain/project.ts'
import type { Connection } from './connect.ts'
import type { TokensTable } from './schema.ts'

/** A token without its hash. */
export type StoredToken = Omit<Selectable<TokensTable>, 'hash'>

/** Who a session or a token stands for, and what they may do. */
export interface Bearer {
  name: string
  role: Role
  by: 'session' | 'token'
  /** The projects that they are in; an admin needs to be in none. */
  projects: Reach
  expiresAt: Date
}

const NOW = sql<Date>`now()`
/** A token of an admin sees all, whatever it may do. */
const PROJECTS = sql<Reach>`
  case when users.role <> 'admin' then array(
    select project from project_members where user_name = users.name union select ${DEFAULT_PROJECT} order by 1
  ) end`.as('projects')
/** A token's last use is written down this often at most. */
const USE_NOTED_EVERY = sql<Date>`now() - interval '1 minute'`
const TOKEN_COLUMNS = ['id', 'user_name', 'name', 'role', 'expires_at', 'used_at', 'created_at'] as const

export async function createSession(
  db: Connection,
  session: { hash: string; user_name: string; expires_at: Date },
): Promise<void> {
  await db.deleteFrom('sessions').where('expires_at', '<', NOW).execute()
  await db.insertInto('sessions').values(session).execute()
}

export async function deleteSession(db: Connection, hash: string): Promise<void> {
  await db.deleteFrom('sessions').where('hash', '=', hash).execute()
}

/** Returns who is signed in by a session that has not expired. */
export async function findSession(db: Connection, hash: string): Promise<Bearer | null> {
  const found = await db
    .selectFrom('sessions')
    .innerJoin('users', 'users.name', 'sessions.user_name')
    .select(['users.name', 'users.role', 'sessions.expires_at as expiresAt', PROJECTS])
    .where('sessions.hash', '=', hash)
    .where('sessions.expires_at', '>', NOW)
    .executeTakeFirst()
  return found === undefined ? null : { ...found, by: 'session' }
}

export async function createToken(
  db: Connection,
  token: Omit<Selectable<TokensTable>, 'created_at' | 'used_at'>,
): Promise<StoredToken> {
  return db.insertInto('tokens').values(token).returning(TOKEN_COLUMNS).executeTakeFirstOrThrow()
}

/** Returns who a token stands for; of its own role and its user's the lesser counts. */
export async function findToken(db: Connection, hash: string): Promise<Bearer | null> {
  const found = await db
    .selectFrom('tokens')
    .innerJoin('users', 'users.name', 'tokens.user_name')
    .select(['users.name', 'users.role', 'tokens.role as tokenRole', 'tokens.expires_at as expiresAt'])
    .select(PROJECTS)
    .where('tokens.hash', '=', hash)
    .where('tokens.expires_at', '>', NOW)
    .executeTakeFirst()
  if (found === undefined) return null
  await db
    .updateTable('tokens')
    .set({ used_at: NOW })
    .where('hash', '=', hash)
    .where((where) => where.or([where('used_at', 'is', null), where('used_at', '<', USE_NOTED_EVERY)]))
    .execute()
  const { tokenRole, ...user } = found
  return { ...user, role: allows(user.role, tokenRole) ? tokenRole : user.role, by: 'token' }
}

/** Lists tokens, of one user or of all. */
export async function listTokens(db: Connection, user: string | null): Promise<StoredToken[]> {
  const query = db.selectFrom('tokens').select(TOKEN_COLUMNS).orderBy('created_at')
  return (user === null ? query : query.where('user_name', '=', user)).execute()
}

export async function deleteToken(db: Connection, id: string): Promise<void> {
  await db.deleteFrom('tokens').where('id', '=', id).execute()
}
