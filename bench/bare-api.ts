import { createServer } from 'node:http'
import pg from 'pg'

// The same answers as Redline's from nothing but node:http and pg with named statements: no rights, no checks, no headers.
const [databaseUrl = '', port = ''] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 })

type Row = Record<string, unknown> & { id: string }

const TUNING_COLUMNS = `id, name, project, owner, engine, model, state, phase, message, created_at, started_at, finished_at, planned_count,
  completed_count, failed_count, best_number, best_objective, baseline_objective, gain, verdict, outcomes, steps, last_seq, spec`

const QUERIES = {
  tuning: `select ${TUNING_COLUMNS} from tunings where id = $1 and deleted_at is null`,
  page: `select ${TUNING_COLUMNS}, to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US') as key
    from tunings where deleted_at is null order by created_at desc, id desc limit $1`,
  exists: 'select 1 from tunings where id = $1',
  experiments: 'select * from experiments where tuning_id = $1 order by number',
}

const ask = async (name: keyof typeof QUERIES, values: unknown[]): Promise<Row[]> =>
  (await pool.query<Row>({ name, text: QUERIES[name], values })).rows

function tuning(row: Row) {
  const { id, name, project, owner, engine, model, state, phase, message } = row
  return {
    ...{ id, name, project, owner, engine, model, state, phase, message },
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    experiments: {
      planned: row.planned_count,
      completed: row.completed_count,
      failed: row.failed_count,
      budget: (row.spec as { budget: { experiments: number } }).budget.experiments,
    },
    best: row.best_number === null ? null : { number: row.best_number, objective: row.best_objective },
    baselineObjective: row.baseline_objective,
    gain: row.gain,
    verdict: row.verdict,
    outcomes: row.outcomes,
    steps: row.steps,
    lastEvent: row.last_seq,
    temporalUrl: null,
    spec: row.spec,
  }
}

function experiment({ tuning_id: _, hurdle: __, planned_at, started_at, finished_at, ...rest }: Row) {
  return { ...rest, plannedAt: planned_at, startedAt: started_at, finishedAt: finished_at, temporalUrl: null }
}

const LIMIT = 50

async function answer(path: string): Promise<unknown> {
  const [, , , , id, part] = path.split('/')
  if (id === undefined) {
    const rows = await ask('page', [LIMIT + 1])
    const last = rows[LIMIT - 1]
    const next =
      rows.length > LIMIT && last
        ? JSON.stringify({ sort: 'created_desc', key: last.key, id: last.id })
        : null
    return {
      tunings: rows.slice(0, LIMIT).map(tuning),
      next: next === null ? null : Buffer.from(next).toString('base64url'),
    }
  }
  if (part === undefined) {
    const [row] = await ask('tuning', [id])
    return row === undefined ? null : tuning(row)
  }
  const rows = await ask('experiments', [id])
  if (rows.length === 0 && (await ask('exists', [id])).length === 0) return null
  return { experiments: rows.map(experiment) }
}

createServer((request, response) => {
  answer(request.url ?? '').then(
    (body) => {
      const text = JSON.stringify(body)
      response.writeHead(body === null ? 404 : 200, {
        'Content-Type': 'application/json; charset=utf-8',
        'Content-Length': Buffer.byteLength(text),
      })
      response.end(text)
    },
    () => response.writeHead(500).end(),
  )
}).listen(Number(port), '127.0.0.1')
