import { sql } from 'kysely'
import { z } from 'zod'
import { jsonText, type JsonText } from '../domain/json-text.ts'
import { withoutSecrets } from '../domain/mask-secrets.ts'
import type { Reach } from '../domain/project.ts'
import type { TuningState } from '../domain/tuning-state.ts'
import { compileOnce } from './compile-once.ts'
import type { Connection } from './connect.ts'
import { isoTime, timeText, timeTextOrNull } from './shown-time.ts'
import { TUNING_FACTS, type TuningRow } from './tunings.ts'

/** A tuning that is only shown: its request is passed on as it is stored, but for secrets; its times are texts. */
export type ShownTuning = Pick<TuningRow, (typeof TUNING_FACTS)[number]> & {
  created_at: string
  started_at: string | null
  finished_at: string | null
  spec: JsonText
  steps: JsonText
}

const WithVariables = z.looseObject({ engine: z.looseObject({ env: z.record(z.string(), z.string()) }) })

/** Only a request that gives variables to its engine has to be looked into. */
function shownSpec(text: string): JsonText {
  if (!text.includes('"env": {"')) return jsonText(text)
  return jsonText(JSON.stringify(withoutSecrets(WithVariables.parse(JSON.parse(text)))))
}

const COLUMNS = [
  ...TUNING_FACTS,
  timeText('created_at'),
  timeTextOrNull('started_at'),
  timeTextOrNull('finished_at'),
  sql<string>`spec::text`.as('spec'),
  sql<string>`steps::text`.as('steps'),
] as const

function shown<Row extends Omit<ShownTuning, 'spec' | 'steps'> & { spec: string; steps: string }>(
  row: Row,
): ShownTuning {
  return {
    ...row,
    created_at: isoTime(row.created_at),
    started_at: isoTime(row.started_at),
    finished_at: isoTime(row.finished_at),
    spec: shownSpec(row.spec),
    steps: jsonText(row.steps),
  }
}

const byId = compileOnce((db, id: string) =>
  db.selectFrom('tunings').select(COLUMNS).where('id', '=', id).where('deleted_at', 'is', null),
)

export async function findShownTuning(db: Connection, id: string): Promise<ShownTuning | null> {
  const [row] = await byId(db, id)
  return row === undefined ? null : shown(row)
}

export const TuningSort = z.enum(['created_desc', 'created_asc', 'name_asc', 'name_desc'])
export type TuningSort = z.infer<typeof TuningSort>

export interface TuningQuery {
  states?: TuningState[] | undefined
  engine?: string | undefined
  model?: string | undefined
  /** The schedule that started them. */
  schedule?: string | undefined
  search?: string | undefined
  /** Tunings of these alone. */
  projects?: Reach | undefined
  /** Those that were deleted in place of the others. */
  deleted?: boolean | undefined
  sort: TuningSort
  /** The sort key and id of the last row of the page before. */
  after?: { key: string; id: string } | undefined
  limit: number
}

const PAGES = { kept: pagesOf(false), deleted: pagesOf(true) }

function pagesOf(deleted: boolean) {
  return {
    created_desc: pageQuery(deleted, false, 'desc'),
    created_asc: pageQuery(deleted, false, 'asc'),
    name_asc: pageQuery(deleted, true, 'asc'),
    name_desc: pageQuery(deleted, true, 'desc'),
  }
}

function pageQuery(deleted: boolean, byName: boolean, direction: 'asc' | 'desc') {
  // Microseconds as text: a Date would lose digits and skip or repeat rows of the same millisecond.
  const key = byName
    ? sql<string>`lower(name)`
    : sql<string>`to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US')`
  // Of the table: the column of this name in what is selected is a text.
  const column = byName ? sql`lower(name)` : sql`tunings.created_at`
  const beyond = sql.raw(direction === 'asc' ? '>' : '<')
  return compileOnce(
    (
      db,
      states: TuningState[] | undefined,
      engine: string | undefined,
      model: string | undefined,
      schedule: string | undefined,
      pattern: string | undefined,
      projects: readonly string[] | undefined,
      afterKey: string | undefined,
      afterId: string | undefined,
      limit: number,
    ) =>
      db
        .selectFrom('tunings')
        .select([...COLUMNS, key.as('sort_key')])
        .where('deleted_at', deleted ? 'is not' : 'is', null)
        .$if(states !== undefined, (q) => q.where('state', '=', sql<TuningState>`any(${states})`))
        .$if(engine !== undefined, (q) => q.where('engine', '=', engine ?? ''))
        .$if(model !== undefined, (q) => q.where('model', '=', model ?? ''))
        .$if(schedule !== undefined, (q) => q.where('schedule_id', '=', schedule ?? ''))
        .$if(pattern !== undefined, (q) => q.where('name', 'ilike', pattern ?? ''))
        .$if(projects !== undefined, (q) => q.where('project', '=', sql<string>`any(${projects})`))
        .$if(afterKey !== undefined, (q) => {
          const position = byName ? sql`${afterKey}` : sql`(${afterKey}::timestamp at time zone 'utc')`
          return q.where(sql<boolean>`(${column}, id) ${beyond} (${position}, ${afterId})`)
        })
        .orderBy(column, direction)
        .orderBy('id', direction)
        .limit(limit),
  )
}

/** Returns a page of tunings and where the next one starts; stable while tunings are added. */
export async function listTunings(
  db: Connection,
  { states, engine, model, schedule, search, projects, deleted, sort, after, limit }: TuningQuery,
): Promise<{ tunings: ShownTuning[]; next: { key: string; id: string } | null }> {
  const pattern = search === undefined ? undefined : `%${escapeLike(search)}%`
  const rows = await PAGES[deleted === true ? 'deleted' : 'kept'][sort](
    db,
    states,
    engine,
    model,
    schedule,
    pattern,
    projects ?? undefined,
    after?.key,
    after?.id,
    limit + 1,
  )
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    tunings: page.map(shown),
    next: rows.length > limit && last !== undefined ? { key: last.sort_key, id: last.id } : null,
  }
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)
}
