import { sql, type Selectable } from 'kysely'
import { jsonText, type JsonText } from '../domain/json-text.ts'
import { compileOnce } from './compile-once.ts'
import type { Connection } from './connect.ts'
import type { ExperimentsTable } from './schema.ts'
import { isoTime, timeText, timeTextOrNull } from './shown-time.ts'

/** An experiment that is only shown: its JSON is passed on as it is stored, its times are texts. */
export type ShownExperiment = Omit<
  Selectable<ExperimentsTable>,
  'configuration' | 'result' | 'conditions' | 'hurdle' | 'planned_at' | 'started_at' | 'finished_at'
> & {
  planned_at: string
  started_at: string | null
  finished_at: string | null
  configuration: JsonText
  result: JsonText | null
  conditions: JsonText | null
}

const COLUMNS = [
  ...(['tuning_id', 'number', 'kind', 'reason', 'role', 'pair', 'confirms', 'replaces', 'excluded'] as const),
  ...(['state', 'stage', 'attempt', 'objective', 'feasible'] as const),
  timeText('planned_at'),
  timeTextOrNull('started_at'),
  timeTextOrNull('finished_at'),
  sql<string>`configuration::text`.as('configuration'),
  sql<string | null>`result::text`.as('result'),
  sql<string | null>`conditions::text`.as('conditions'),
] as const

/** What belongs to a deleted tuning is as little to be seen as the tuning. */
const SEEN = sql<boolean>`exists (select from tunings where id = tuning_id and deleted_at is null)`

const pageOf = compileOnce((db, tuningId: string, after: number | undefined, limit: number | undefined) =>
  db
    .selectFrom('experiments')
    .select(COLUMNS)
    .where('tuning_id', '=', tuningId)
    .where(SEEN)
    .$if(after !== undefined, (q) => q.where('number', '>', after ?? 0))
    .orderBy('number')
    .$if(limit !== undefined, (q) => q.limit(limit ?? 0)),
)

const oneOf = compileOnce((db, tuningId: string, number: number) =>
  db
    .selectFrom('experiments')
    .select(COLUMNS)
    .where('tuning_id', '=', tuningId)
    .where('number', '=', number)
    .where(SEEN),
)

type Row = Awaited<ReturnType<typeof pageOf>>[number]

function shown(row: Row): ShownExperiment {
  const { planned_at, started_at, finished_at, configuration, result, conditions } = row
  return {
    ...row,
    planned_at: isoTime(planned_at),
    started_at: isoTime(started_at),
    finished_at: isoTime(finished_at),
    configuration: jsonText(configuration),
    result: jsonText(result),
    conditions: jsonText(conditions),
  }
}

/** Returns the experiments of a tuning in the order of their numbers: all, or a page of those after one. */
export async function listShownExperiments(
  db: Connection,
  tuningId: string,
  { after, limit }: { after?: number | undefined; limit?: number | undefined },
): Promise<ShownExperiment[]> {
  return (await pageOf(db, tuningId, after, limit)).map(shown)
}

export async function findShownExperiment(
  db: Connection,
  tuningId: string,
  number: number,
): Promise<ShownExperiment | null> {
  const [row] = await oneOf(db, tuningId, number)
  return row === undefined ? null : shown(row)
}
