import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { freePort } from '../runtimes/ports.ts'
import type { BenchPostgres } from './postgres.ts'
import { printHead, printRow } from './table.ts'
import { TUNING } from './ui-traffic.ts'

/** Tables that grow with use; a query that reads one of them whole is too slow. */
const LARGE =
  /Seq Scan on (tunings|experiments|events|engine_logs|request_records|webhook_deliveries|audit)\b/
/** The list's queries that the routes alone do not lead to. */
const LISTS = [
  '?sort=name_asc',
  '?state=running,paused',
  '?engine=vllm&search=42',
  '?schedule=nightly',
  '?sort=name_desc&limit=200',
]
const EXPLAIN = [
  ...['session_preload_libraries=auto_explain', 'auto_explain.log_min_duration=0'],
  ...['auto_explain.log_timing=off', 'auto_explain.log_analyze=off'],
]
const ANSWERS_AFTER_MS = 12_000

/** Asks every reading route of an API whose statements PostgreSQL explains, and prints which tables each reads, and how. */
export async function showPlans(postgres: BenchPostgres, token: string): Promise<void> {
  const url = new URL(postgres.databaseUrl)
  url.searchParams.set('options', EXPLAIN.map((setting) => `-c ${setting}`).join(' '))
  const port = await freePort()
  const api = spawn(process.execPath, [join(import.meta.dirname, 'redline-api.ts'), url.href, String(port)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const headers = { Authorization: `Bearer ${token}` }
  const ask = (path: string) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers, signal: AbortSignal.timeout(ANSWERS_AFTER_MS) })
  while (!(await ask('/healthz').catch(() => null))?.ok) await setTimeout(100)
  const { paths } = z
    .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(await (await ask('/openapi.json')).json())
  const reading = Object.keys(paths).filter((path) => 'get' in (paths[path] ?? {}))
  const before = (await postgres.log()).length
  await Promise.allSettled(
    [...reading, ...LISTS.map((query) => `/api/v1/tunings${query}`), '/metrics'].map((path) =>
      ask(path.replace('{id}', TUNING).replace('{number}', '0').replace('{kind}', 'vllm')),
    ),
  )
  api.kill('SIGTERM')
  await once(api, 'exit')

  printHead('Statements of the reading routes', ['statement', 'reads'])
  const plans = readPlans((await postgres.log()).slice(before))
  for (const [statement, reads] of plans) printRow([statement, reads])
  const whole = [...plans].filter(([, reads]) => LARGE.test(reads)).length
  console.log(`\n${whole} of ${plans.size} statements read a large table whole`)
  if (whole > 0) process.exitCode = 1
}

/** Returns how each statement in a log of auto_explain reads its tables. */
function readPlans(log: string): Map<string, string> {
  const plans = new Map<string, string>()
  for (const [, entry = ''] of log.matchAll(/plan:\n((?:\t.*\n)+)/g)) {
    const lines = entry
      .trim()
      .split('\n')
      .map((line) => line.trim())
    const begin = lines.findIndex((line) => line.includes('(cost='))
    const statement = lines
      .slice(0, begin)
      .join(' ')
      .replace('Query Text: ', '')
      .replace(/ Query Parameters: .*/s, '')
      .replaceAll(/\s+/g, ' ')
    const reads = lines
      .slice(begin)
      .flatMap((line) => /(?:\w+ )+(?:using|on) [^(]+/.exec(line)?.[0].trim() ?? [])
    plans.set(statement.replace(/^(select )(.{60}).*?( from )/, '$1$2...$3'), reads.join('; ') || '-')
  }
  return plans
}
