import { loadavg } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { z } from 'zod'
import { migrate, openDatabase } from '../database/connect.ts'
import { percentile } from '../domain/statistics/percentile.ts'
import { storeMany, storeUser } from './api-data.ts'
import { pace, saturate, type HttpTarget } from './http-load.ts'
import { startBenchPostgres } from './postgres.ts'
import { cpuMsOf } from './process-cpu.ts'
import { installPython } from './python-package.ts'
import { showPlans } from './query-plans.ts'
import { startServer, type ServerProcess } from './server-process.ts'
import { printHead, printRow, spread } from './table.ts'
import { TUNING } from './ui-traffic.ts'

// The API's hot routes beside the same answers by bare node:http and pg, and by FastAPI, each on one core with 10,000 tunings
// and 100,000 experiments in PostgreSQL: CPU per request, requests a second, latency, unchanged answers, query plans.

const flags = z
  .object({
    rounds: z.coerce.number().int().min(1),
    seconds: z.coerce.number().positive(),
    peers: z.boolean(),
  })
  .parse(
    parseArgs({
      options: {
        rounds: { type: 'string', default: '5' },
        seconds: { type: 'string', default: '2' },
        peers: { type: 'boolean', default: true },
      },
      allowNegative: true,
    }).values,
  )

const CONNECTIONS = 32
/** Addresses as a function of what can be written in other letters. */
const ADDRESSES = {
  'one tuning': { of: (id: string) => `/api/v1/tunings/${id}`, varied: TUNING },
  'list of 50': { of: (query: string) => `/api/v1/tunings?${query}`, varied: 'limit=50&sort=created_desc' },
  '100 experiments': { of: (id: string) => `/api/v1/tunings/${id}/experiments`, varied: TUNING },
}
type Path = keyof typeof ADDRESSES
const PATH_NAMES = ['one tuning', 'list of 50', '100 experiments'] as const

/** What one span of load came to, per request. */
interface Figures {
  cpuMs: number
  postgresMs: number
  perSecond: number
}

/** Who is compared: a server, or one that is asked so that it has to read each answer anew. */
interface Contender {
  name: string
  server: ServerProcess
  anew?: true
}

/** Requests that were asked so. */
let asked = 0

const postgres = await startBenchPostgres()
const db = openDatabase(postgres.databaseUrl)
const servers: ServerProcess[] = []
try {
  await migrate(db)
  await storeMany(db)
  const token = await storeUser(db)
  console.log(`load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}, PostgreSQL ${postgres.version}`)
  const start = (name: string, program: string, file: string, headers = {}) =>
    startServer({
      name,
      program,
      file,
      databaseUrl: postgres.databaseUrl,
      path: address('one tuning'),
      headers,
    })
  const redline = await start('Redline', process.execPath, 'redline-api.ts', {
    Authorization: `Bearer ${token}`,
  })
  servers.push(redline, await start('bare', process.execPath, 'bare-api.ts'))
  if (flags.peers) {
    const programs = await installPython(postgres.cacheDir, 'fastapi', '0.165.0', [
      'uvicorn[standard]==0.54.0',
      'asyncpg==0.32.0',
    ])
    servers.push(await start('FastAPI', join(programs, 'python'), 'fastapi-api.py'))
  }
  await requireSameAnswers()
  const contenders: Contender[] = [
    { name: 'Redline', server: redline },
    { name: 'Redline, read anew', server: redline, anew: true },
    ...servers.filter((server) => server !== redline).map((server) => ({ name: server.name, server })),
  ]
  const perSecond = await atSaturation(contenders)
  await atATenth(contenders, perSecond)
  await unchanged(redline)
  await showPlans(postgres, token)
} finally {
  for (const server of servers) await server.stop()
  await db.destroy()
  await postgres.stop()
}

function address(path: Path): string {
  const { of, varied } = ADDRESSES[path]
  return of(varied)
}

/** The same address, some of its letters by their codes: one that was never asked for has no answer to be given again. */
function nextAddress(path: Path): string {
  const { of, varied } = ADDRESSES[path]
  const which = asked++
  let letter = 0
  const coded = (text: string) =>
    (which >> letter++) & 1 ? `%${text.charCodeAt(0).toString(16).padStart(2, '0')}` : text
  return of(varied.replaceAll(/\w/g, coded))
}

function target({ server: { port, headers }, anew }: Omit<Contender, 'name'>, path: Path): HttpTarget {
  return { port, headers, path: address(path), ...(anew && { nextPath: () => nextAddress(path) }) }
}

async function requireSameAnswers(): Promise<void> {
  printHead('Answers', ['answer', 'bytes'])
  for (const path of PATH_NAMES) {
    const texts = await Promise.all(
      servers.map(async ({ port, headers }) =>
        (await fetch(`http://127.0.0.1:${port}${address(path)}`, { headers })).text(),
      ),
    )
    // Digits of a second are told differently: as moments they are the same.
    const [first, ...others] = texts.map((text) => withMoments(JSON.parse(text)))
    for (const [index, other] of others.entries())
      if (!isDeepStrictEqual(other, first))
        throw new Error(`${servers[index + 1]?.name} answers another ${path} than ${servers[0]?.name}`)
    printRow([path, texts.map((text) => Buffer.byteLength(text)).join(', ')])
  }
}

function withMoments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withMoments)
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) return new Date(value).getTime()
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, withMoments(held)]))
}

/** Measures one server under all that it can take. */
async function measure(server: ServerProcess, asked: HttpTarget): Promise<Figures> {
  const postgresPid = await postgres.pid()
  await saturate(asked, CONNECTIONS, 0.3)
  const before = { own: cpuMsOf(server.pid), postgres: cpuMsOf(postgresPid) }
  const { requests, seconds } = await saturate(asked, CONNECTIONS, flags.seconds)
  return {
    cpuMs: (cpuMsOf(server.pid) - before.own) / requests,
    postgresMs: (cpuMsOf(postgresPid) - before.postgres) / requests,
    perSecond: requests / seconds,
  }
}

/** Compares the servers in turn and returns the requests a second that bare reached by path. */
async function atSaturation(contenders: Contender[]): Promise<Record<Path, number>> {
  for (const contender of contenders)
    for (const path of PATH_NAMES) await saturate(target(contender, path), CONNECTIONS, 2)
  const rounds = await inTurn(contenders, (contender, path) =>
    measure(contender.server, target(contender, path)),
  )
  printHead(
    `At saturation, ${CONNECTIONS} connections, median of ${flags.rounds} rounds (lowest to highest)`,
    [...['answer', 'server', 'CPU ms', 'of bare', 'PostgreSQL ms', 'of bare', 'requests/s', "of FastAPI's"]],
  )
  const reached = { 'one tuning': 0, 'list of 50': 0, '100 experiments': 0 }
  for (const path of PATH_NAMES)
    for (const { name } of contenders) {
      const of = (other: string, figure: keyof Figures) =>
        rounds.map((round) => ratio(round[path]?.[name]?.[figure], round[path]?.[other]?.[figure]))
      const own = (figure: keyof Figures) => rounds.map((round) => round[path]?.[name]?.[figure] ?? NaN)
      if (name === 'bare') reached[path] = percentile(own('perSecond'), 0.5) ?? 0
      printRow([
        path,
        name,
        spread(own('cpuMs'), 3),
        spread(of('bare', 'cpuMs'), 2),
        spread(own('postgresMs'), 3),
        spread(of('bare', 'postgresMs'), 2),
        spread(own('perSecond'), 0),
        spread(of('FastAPI', 'perSecond'), 2),
      ])
    }
  return reached
}

/** Latency at a tenth of what bare can take. */
async function atATenth(contenders: Contender[], perSecond: Record<Path, number>): Promise<void> {
  const rounds = await inTurn(contenders, async (contender, path) => {
    const { latenciesMs } = await pace(target(contender, path), perSecond[path] / 10, flags.seconds)
    return { p50: percentile(latenciesMs, 0.5) ?? NaN, p99: percentile(latenciesMs, 0.99) ?? NaN }
  })
  printHead("At a tenth of bare's saturation", ['answer', 'server', 'p50 ms', 'p99 ms', 'of bare'])
  for (const path of PATH_NAMES)
    for (const { name } of contenders) {
      const own = (figure: 'p50' | 'p99') => rounds.map((round) => round[path]?.[name]?.[figure] ?? NaN)
      const beside = rounds.map((round) => ratio(round[path]?.[name]?.p99, round[path]?.['bare']?.p99))
      printRow([path, name, spread(own('p50'), 2), spread(own('p99'), 2), spread(beside, 2)])
    }
}

/** What it costs to say that nothing has changed. */
async function unchanged(server: ServerProcess): Promise<void> {
  printHead('Unchanged (304), beside the answer read anew in the same round', [
    'answer',
    'CPU ms',
    'of its 200',
  ])
  for (const path of PATH_NAMES) {
    const whole = target({ server, anew: true }, path)
    const known = await fetch(`http://127.0.0.1:${server.port}${address(path)}`, { headers: server.headers })
    const headers = { ...server.headers, 'If-None-Match': known.headers.get('etag') ?? '' }
    const nothing = { port: server.port, headers, path: address(path), status: 304 }
    const rounds: { whole: number; none: number }[] = []
    for (let round = 0; round < flags.rounds; round++) {
      const { cpuMs } = await measure(server, whole)
      rounds.push({ whole: cpuMs, none: (await measure(server, nothing)).cpuMs })
    }
    printRow([
      path,
      spread(
        rounds.map(({ none }) => none),
        3,
      ),
      spread(
        rounds.map(({ none, whole }) => none / whole),
        2,
      ),
    ])
  }
}

type Rounds<Measured> = Partial<Record<Path, Record<string, Measured>>>[]

async function inTurn<Measured>(
  contenders: Contender[],
  work: (contender: Contender, path: Path) => Promise<Measured>,
): Promise<Rounds<Measured>> {
  const rounds: Rounds<Measured> = []
  for (let round = 0; round < flags.rounds; round++) {
    const measured: Partial<Record<Path, Record<string, Measured>>> = {}
    for (const path of PATH_NAMES) {
      const byServer: Record<string, Measured> = {}
      for (const contender of contenders) byServer[contender.name] = await work(contender, path)
      measured[path] = byServer
    }
    rounds.push(measured)
  }
  return rounds
}

function ratio(a: number | undefined, b: number | undefined): number {
  return (a ?? NaN) / (b ?? NaN)
}
