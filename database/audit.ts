import type { Selectable } from 'kysely'
import type { Connection } from './connect.ts'
import type { AuditTable } from './schema.ts'

export type AuditEntry = Selectable<AuditTable>

/** Writes down who changed what. */
export async function noteChange(db: Connection, entry: Omit<AuditEntry, 'id' | 'at'>): Promise<void> {
  await db.insertInto('audit').values(entry).execute()
}

/** Returns entries before one (0: the newest), the newest first. */
export async function listChanges(
  db: Connection,
  { before, limit }: { before: number; limit: number },
): Promise<AuditEntry[]> {
  const query = db.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(limit)
  return (before === 0 ? query : query.where('id', '<', before)).execute()
}
