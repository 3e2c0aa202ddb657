import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureDatabase, preparePostgres } from '../components/embedded-postgres.ts'
import { ensureComponents } from '../components/ensure.ts'
import { freePort } from '../runtimes/ports.ts'
import { supervise } from '../service/supervise.ts'
import { cacheFolder } from '../service/host.ts'

/** An empty PostgreSQL of a benchmark's own. */
export interface BenchPostgres {
  databaseUrl: string
  cacheDir: string
  version: string | null
  /** What the server wrote so far. */
  log(): Promise<string>
  /** The server's own process, parent of all others. */
  pid(): Promise<number>
  /** Stops it and removes its state. */
  stop(): Promise<void>
}

export async function startBenchPostgres(): Promise<BenchPostgres> {
  const cacheDir = cacheFolder(process.env)
  const found = await ensureComponents(['postgres'], {
    env: process.env,
    cacheDir,
    onProgress: () => undefined,
  })
  const folder = await mkdtemp(join(tmpdir(), 'redline-bench-'))
  const dataDir = join(folder, 'postgres')
  const { databaseUrl, env, ...command } = await preparePostgres({
    binDir: found.postgres.path,
    dataDir,
    port: await freePort(),
    env: process.env,
  })
  const logFile = join(folder, 'postgres.log')
  const postgres = supervise(
    { ...command, env: { ...process.env, ...env }, name: 'postgres', logFile },
    (how) => process.stderr.write(`postgres ${how}\n`),
  )
  await ensureDatabase(databaseUrl)
  return {
    databaseUrl,
    cacheDir,
    version: found.postgres.version,
    log: () => readFile(logFile, 'utf8'),
    pid: async () => parseInt(await readFile(join(dataDir, 'postmaster.pid'), 'utf8'), 10),
    async stop() {
      await postgres.stop()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
