import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { migrate, openDatabase } from '../database/connect.ts'
import { setTuningState } from '../database/tunings.ts'
import { findShownTuning } from '../database/tuning-list.ts'
import { percentile } from '../domain/statistics/percentile.ts'
import { storeUser } from './api-data.ts'
import { EventClient } from './event-client.ts'
import { openEventClients } from './event-clients.ts'
import { storeTunings, transactionsPerSecond } from './event-transactions.ts'
import { startBenchPostgres } from './postgres.ts'
import { cpuMsOf } from './process-cpu.ts'
import { installPython } from './python-package.ts'
import { startServer, type ServerProcess } from './server-process.ts'
import { figure, printHead, printRow, quantile, spread } from './table.ts'

// Streams of a tuning's events, written as the product writes them: how long an event takes to its clients and what it costs
// the server beside sse-starlette, a client that never reads, a replay, and what an event costs its transaction.

const flags = z
  .object({
    rounds: z.coerce.number().int().min(1),
    seconds: z.coerce.number().positive(),
    rate: z.coerce.number().positive(),
    peers: z.boolean(),
  })
  .parse(
    parseArgs({
      options: {
        rounds: { type: 'string', default: '5' },
        seconds: { type: 'string', default: '5' },
        rate: { type: 'string', default: '20' },
        peers: { type: 'boolean', default: true },
      },
      allowNegative: true,
    }).values,
  )

const WRITERS = 8
const REPLAYED = 500
const REPLAYS = 200
const LONG_MESSAGE = 'x'.repeat(4000)

const postgres = await startBenchPostgres()
const db = openDatabase(postgres.databaseUrl)
const servers: ServerProcess[] = []
try {
  await migrate(db)
  const [followed = '', replayed = '', ...written] = await storeTunings(db, WRITERS + 2)
  const headers = { Authorization: `Bearer ${await storeUser(db)}` }
  console.log(`load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}, PostgreSQL ${postgres.version}`)
  const start = (name: string, program: string, file: string) =>
    startServer({ name, program, file, databaseUrl: postgres.databaseUrl, path: '/openapi.json', headers })
  const redline = await start('Redline', process.execPath, 'redline-api.ts')
  servers.push(redline)
  if (flags.peers) {
    const programs = await installPython(postgres.cacheDir, 'sse-starlette', '3.7.0', [
      ...['fastapi==0.165.0', 'uvicorn[standard]==0.54.0', 'asyncpg==0.32.0'],
    ])
    servers.push(await start('sse-starlette', join(programs, 'python'), 'sse-starlette-api.py'))
  }
  await deliveries(servers, followed, 1000)
  await deliveries([redline], followed, 5000)
  await neverRead(redline, followed)
  await replay(redline, replayed)
  await transactions(written)
} finally {
  for (const server of servers) await server.stop()
  await db.destroy()
  await postgres.stop()
}

function streamOf({ port, headers }: ServerProcess, tuning: string, after: number) {
  return { port, headers, path: `/api/v1/tunings/${tuning}/events?after=${after}` }
}

async function newest(tuning: string): Promise<number> {
  return (await findShownTuning(db, tuning))?.last_seq ?? 0
}

async function write(tuning: string, message: string): Promise<void> {
  await setTuningState(db, tuning, { state: 'running', phase: 'search', message })
}

/** Writes events at an even rate; each says when its transaction began. */
async function writeEvenly(tuning: string): Promise<void> {
  const startedMs = performance.now()
  for (let sent = 0; sent < flags.rate * flags.seconds; sent++) {
    await setTimeout(Math.max(0, startedMs + (sent * 1000) / flags.rate - performance.now()))
    await write(tuning, String(performance.timeOrigin + performance.now()))
  }
}

interface Figures {
  p50: number
  p99: number
  lost: number
  cpuUs: number
  share: number
  clientShare: number
}

/** Lets so many clients follow one tuning while events are written. */
async function deliver(server: ServerProcess, tuning: string, clients: number): Promise<Figures> {
  const last = await newest(tuning)
  const streams = await openEventClients(streamOf(server, tuning, last), clients, last)
  const [cpuMs, startedMs] = [cpuMsOf(server.pid), performance.now()]
  await writeEvenly(tuning)
  const got = await streams.until(await newest(tuning))
  const usedMs = cpuMsOf(server.pid) - cpuMs
  const lastedMs = performance.now() - startedMs
  await streams.close()
  const latenciesMs = [...got.latenciesMs]
  return {
    p50: percentile(latenciesMs, 0.5) ?? NaN,
    p99: percentile(latenciesMs, 0.99) ?? NaN,
    lost: got.lost,
    cpuUs: (usedMs * 1000) / got.deliveries,
    share: (usedMs * 100) / lastedMs,
    clientShare: got.busyShare * 100,
  }
}

/** Compares the servers in turn. */
async function deliveries(compared: ServerProcess[], tuning: string, clients: number): Promise<void> {
  const rounds: Record<string, Figures>[] = []
  for (let round = 0; round < flags.rounds; round++) {
    const figures: Record<string, Figures> = {}
    for (const server of compared) figures[server.name] = await deliver(server, tuning, clients)
    rounds.push(figures)
  }
  printHead(
    `${clients} clients, ${flags.rate} events/s to each, median of ${flags.rounds} rounds (lowest to highest)`,
    [
      ...['server', 'p50 ms', 'p99 ms', 'lost', 'CPU µs a delivery', "of sse-starlette's"],
      ...['server, % of a core', 'clients, % of a core'],
    ],
  )
  for (const { name } of compared) {
    const own = (figure: keyof Figures) => rounds.map((round) => round[name]?.[figure] ?? NaN)
    const beside = rounds.map((round) => (round[name]?.cpuUs ?? NaN) / (round['sse-starlette']?.cpuUs ?? NaN))
    printRow([
      name,
      spread(own('p50'), 1),
      spread(own('p99'), 1),
      own('lost').reduce((sum, lost) => sum + lost, 0),
      spread(own('cpuUs'), 1),
      spread(beside, 2),
      spread(own('share'), 0),
      spread(own('clientShare'), 0),
    ])
  }
}

/** How long a stream takes from its request to the last of the events that it begins with. */
async function replay(server: ServerProcess, tuning: string): Promise<void> {
  for (let n = await newest(tuning); n < REPLAYED; n++) await write(tuning, String(n))
  const lastedMs: number[] = []
  for (let n = 0; n < REPLAYS; n++) {
    const { promise, resolve } = Promise.withResolvers<number>()
    const startedMs = performance.now()
    const client = await EventClient.open(streamOf(server, tuning, 0), (seq) => {
      if (seq === REPLAYED) resolve(performance.now() - startedMs)
    })
    lastedMs.push(await promise)
    client.close()
  }
  printHead(`Replay of ${REPLAYED} events, ${REPLAYS} times`, ['p50 ms', 'p99 ms'])
  printRow([quantile(lastedMs, 0.5), quantile(lastedMs, 0.99)])
}

/** What is kept for a client that never reads, and whether it finds all when it returns. */
async function neverRead(server: ServerProcess, tuning: string): Promise<void> {
  const first = await newest(tuning)
  const numbers: number[] = []
  let bytes = 0
  const stuck = await EventClient.open(streamOf(server, tuning, first), (seq, data) => {
    numbers.push(seq)
    bytes = data.length
  })
  stuck.pause()
  let dropped = first
  const reader = await EventClient.open(streamOf(server, tuning, first), (seq) => (dropped = seq))
  for (let n = first; (await streamsOf(server)) > 1; n++) {
    await write(tuning, `${LONG_MESSAGE}${n}`)
    while (dropped === n) await setTimeout(1)
  }
  reader.close()
  await stuck.readToEnd()
  const taken = numbers.at(-1) ?? first

  const { promise, resolve } = Promise.withResolvers<void>()
  const headers = { ...server.headers, 'Last-Event-ID': String(taken) }
  const back = await EventClient.open({ ...streamOf(server, tuning, 0), headers }, (seq) => {
    numbers.push(seq)
    if (seq === dropped) resolve()
  })
  await promise
  back.close()
  const missed = numbers.filter((seq, index) => seq !== first + 1 + index).length
  printHead('A client that never reads', [
    'events until it is dropped',
    'KiB each',
    'KiB kept for it',
    'missed',
  ])
  printRow([dropped - first, figure(bytes / 1024), figure(((dropped - 1 - taken) * bytes) / 1024), missed])
}

/** Streams that a server has open, as its metrics say. */
async function streamsOf({ port, headers }: ServerProcess): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).text()
  return Number(/^redline_event_streams (\d+)/m.exec(metrics)?.[1])
}

/** Transactions that change a tuning, with an event and without. */
async function transactions(tunings: string[]): Promise<void> {
  printHead(`Transactions, median of ${flags.rounds} rounds (lowest to highest)`, [
    ...['writers', 'with its event /s', 'without /s', 'of it'],
  ])
  for (const writers of [tunings.slice(0, 1), tunings]) {
    const rounds: { with: number; without: number }[] = []
    for (let round = 0; round < flags.rounds; round++)
      rounds.push({
        with: await transactionsPerSecond(db, writers, 2, true),
        without: await transactionsPerSecond(db, writers, 2, false),
      })
    printRow([
      writers.length,
      spread(
        rounds.map((one) => one.with),
        0,
      ),
      spread(
        rounds.map((one) => one.without),
        0,
      ),
      spread(
        rounds.map((one) => one.with / one.without),
        2,
      ),
    ])
  }
}
