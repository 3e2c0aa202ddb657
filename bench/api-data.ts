import { sql } from 'kysely'
import { randomBytes } from 'node:crypto'
import { hashSecret, newSecret } from '../api/access/secrets.ts'
import type { Database } from '../database/connect.ts'
import { createToken } from '../database/credentials.ts'
import { setTuningState } from '../database/tunings.ts'
import { storeTuning, TUNING } from './ui-traffic.ts'

/** Names that a server which escapes by hand would get wrong; one in a hundred is beyond Latin-1. */
const NAME = sql`'tuning "' || i || '" <é> \\' || case when i % 100 = 0 then '𝛑' else '' end`

/**
 * Stores 10,000 tunings with 100,000 experiments: one in twenty has a hundred of them, as the one named `TUNING` has. All
 * are copies of one that was stored as the product stores it.
 */
export async function storeMany(db: Database): Promise<void> {
  await storeTuning(db, 100)
  await setTuningState(db, TUNING, { state: 'completed', phase: 'done', message: 'the best is confirmed' })
  await sql`
    insert into tunings (id, name, spec, engine, model, state, phase, message, created_at, started_at, finished_at,
      planned_count, completed_count, failed_count, best_number, best_objective, baseline_objective, outcomes, steps,
      last_seq)
    select substr(md5(i::text), 1, 12), ${NAME}, spec, engine, model, state, phase, message,
      created_at - i * interval '61.003 s', started_at - i * interval '61.003 s', finished_at - i * interval '61.003 s',
      planned_count, completed_count, failed_count, best_number, best_objective, baseline_objective, outcomes, steps,
      last_seq
    from tunings, generate_series(1, 9999) i where id = ${TUNING}`.execute(db)
  await sql`
    insert into experiments (tuning_id, number, kind, configuration, reason, role, pair, state, stage, attempt, planned_at,
      started_at, finished_at, result, objective, feasible, conditions, confirms, replaces, excluded)
    select substr(md5(i::text), 1, 12), number, kind, configuration, reason, role, pair, state, stage, attempt,
      planned_at - i * interval '61.003 s', started_at - i * interval '61.003 s', finished_at - i * interval '61.003 s',
      result, objective, feasible, conditions, confirms, replaces, excluded
    from generate_series(1, 9999) i, experiments
    where tuning_id = ${TUNING} and number < case when i % 20 = 0 then 100 else 5 + (i % 4 = 1)::int end`.execute(
    db,
  )
  // What else grows with them, so that plans are those of large tables.
  await sql`
    insert into events (tuning_id, seq, body) select id, seq, '{"type": "tuning.created", "name": "copy"}'
    from tunings, generate_series(1, 50) seq where id <> ${TUNING}`.execute(db)
  await sql`
    insert into engine_logs (tuning_id, number, attempt, from_byte, to_byte, content)
    select tuning_id, number, 1, 0, 9, 'a log' from experiments`.execute(db)
  await sql`
    insert into request_records (tuning_id, number, content) select tuning_id, number, '' from experiments`.execute(
    db,
  )
  await sql`
    insert into audit (who, operation, path, status)
    select 'bench', 'pauseTuning', '/api/v1/tunings/' || id || '/pause', 200 from tunings`.execute(db)
  await sql`vacuum analyze`.execute(db)
}

/** Adds a user with a token, which is returned: from then on everybody has to have one. */
export async function storeUser(db: Database): Promise<string> {
  const token = newSecret('redline_')
  await db.insertInto('users').values({ name: 'bench', role: 'admin', password_hash: 'none' }).execute()
  await createToken(db, {
    id: randomBytes(6).toString('hex'),
    hash: hashSecret(token),
    user_name: 'bench',
    name: 'bench',
    role: 'admin',
    expires_at: new Date(Date.now() + 24 * 3_600_000),
  })
  return token
}
