import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import * as first from './migrations/0001-first.ts'
import * as controlAndFleet from './migrations/0002-control-and-fleet.ts'
import * as schedulesAndWebhooks from './migrations/0003-schedules-and-webhooks.ts'
import * as access from './migrations/0004-access.ts'
import * as cutShort from './migrations/0005-cut-short.ts'
import * as passedOn from './migrations/0006-passed-on.ts'
import * as ends from './migrations/0007-ends.ts'
import * as provider from './migrations/0008-provider.ts'
import * as projects from './migrations/0009-projects.ts'
import * as fleet from './migrations/0010-fleet.ts'
import * as outcomes from './migrations/0011-outcomes.ts'
import * as places from './migrations/0012-places.ts'
import * as deleted from './migrations/0013-deleted.ts'
import * as verdict from './migrations/0014-verdict.ts'
import * as invitedBy from './migrations/0015-invited-by.ts'
import * as auditAsked from './migrations/0016-audit-asked.ts'
import * as pausedSchedules from './migrations/0017-paused-schedules.ts'
import * as eachEnd from './migrations/0018-each-end.ts'
import * as countedByState from './migrations/0019-counted-by-state.ts'
import { nameStatements } from './named-statements.ts'
import type { Schema } from './schema.ts'

export type Database = Kysely<Schema>
/** A transaction, or the database itself where one statement is enough. */
export type Connection = Database | Transaction<Schema>

// bigint columns hold byte offsets, far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

/**
 * Opens a pool of at most `max` connections, of which `min` are kept once they were made: a new one takes ten times as long as
 * a query, and who asked for it waits. With a `schema` its tables are those of it alone. `destroy()` closes it.
 */
export function openDatabase(
  databaseUrl: string,
  { max = 10, min = 0, schema }: { max?: number; min?: number; schema?: string } = {},
): Database {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    ...(schema !== undefined && { options: `-c search_path=${schema}` }),
    max,
    min,
    connectionTimeoutMillis: 10_000,
  })
  nameStatements(pool)
  // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
  pool.on('error', () => undefined)
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
}

/** Brings the tables, those of a schema if one is given, up to date; safe to call from several processes at once. */
export async function migrate(db: Database, schema?: string): Promise<void> {
  const { error } = await migratorOf(db, schema).migrateToLatest()
  throwIf(error)
}

/** Brings the tables to what they were after a migration; false when it is unknown or they are beyond it. */
export async function migrateTo(db: Database, migration: string, schema?: string): Promise<boolean> {
  const migrator = migratorOf(db, schema)
  const known = await migrator.getMigrations()
  const wanted = known.findIndex(({ name }) => name === migration)
  if (wanted === -1 || known.slice(wanted + 1).some(({ executedAt }) => executedAt !== undefined))
    return false
  const { error } = await migrator.migrateTo(migration)
  throwIf(error)
  return true
}

function migratorOf(db: Database, schema: string | undefined): Migrator {
  return new Migrator({
    db,
    ...(schema !== undefined && { migrationTableSchema: schema }),
    provider: {
      getMigrations: async () => ({
        '0001-first': first,
        '0002-control-and-fleet': controlAndFleet,
        '0003-schedules-and-webhooks': schedulesAndWebhooks,
        '0004-access': access,
        '0005-cut-short': cutShort,
        '0006-passed-on': passedOn,
        '0007-ends': ends,
        '0008-provider': provider,
        '0009-projects': projects,
        '0010-fleet': fleet,
        '0011-outcomes': outcomes,
        '0012-places': places,
        '0013-deleted': deleted,
        '0014-verdict': verdict,
        '0015-invited-by': invitedBy,
        '0016-audit-asked': auditAsked,
        '0017-paused-schedules': pausedSchedules,
        '0018-each-end': eachEnd,
        '0019-counted-by-state': countedByState,
      }),
    },
  })
}

function throwIf(error: unknown): void {
  if (error === undefined) return
  throw error instanceof Error ? error : new Error('the database could not be migrated', { cause: error })
}
